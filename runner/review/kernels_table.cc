#include "runner/review/kernels_table.h"

#include <utility>

#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

constexpr std::size_t kShortId = 8;

TableRow KernelRow(const OwnedKernel& owned) {
  const KernelRecord& kernel = owned.kernel;
  return {kernel.kernel_id.empty() ? "?" : PlainLine(kernel.kernel_id.substr(0, kShortId)),
          PlainLine(kernel.gateway),
          kernel.kernelspec.empty() ? "(default)" : PlainLine(kernel.kernelspec),
          UseOf(owned),
          FormatLocal(kernel.created_at),
          PlainLine(owned.worker_name)};
}

}  // namespace

bool IsUnused(const OwnedKernel& owned) {
  return !owned.kernel.is_owned && (!owned.kernel.is_in_use || owned.is_foreground);
}

bool IsLeftBehind(const OwnedKernel& owned) {
  return IsUnused(owned) && owned.kernel.state != KernelState::kReleasing;
}

std::string UseOf(const OwnedKernel& owned) {
  const KernelRecord& kernel = owned.kernel;
  if (kernel.state == KernelState::kReleasing) return "ending";
  if (IsLeftBehind(owned)) return "left behind";
  const std::string run = kernel.run ? "run " + std::to_string(kernel.run->value) : "";
  if (!kernel.is_owned) return run + ", interrupted";
  if (kernel.is_in_use) return run;
  if (kernel.run) return "ending";
  return kernel.state == KernelState::kIntended ? "starting" : "warm";
}

std::string KernelsTable(const std::vector<OwnedKernel>& kernels, const TextLook& look) {
  enum : std::size_t { kKernel, kGateway, kKernelspec, kUse, kSince, kWorker };
  const std::vector<TableColumn> columns{{"KERNEL"}, {"GATEWAY"}, {"KERNELSPEC"},
                                         {"USE"},    {"SINCE"},   {"WORKER"}};
  std::vector<TableRow> rows;
  for (const OwnedKernel& kernel : kernels) rows.push_back(KernelRow(kernel));
  return TextTable(columns, std::move(rows), look.columns,
                   {{kWorker, 12},
                    {kSince, kShortTimeWidth, ShortTime},
                    {kGateway, 8},
                    {kWorker, 0},
                    {kKernelspec, 7},
                    {kUse, 8}});
}

}  // namespace cellar

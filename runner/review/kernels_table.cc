#include "runner/review/kernels_table.h"

#include <algorithm>
#include <array>

#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

enum Column { kKernel, kGateway, kKernelspec, kUse, kSince, kWorker, kColumnCount };
using Row = std::array<std::string, kColumnCount>;
using Widths = std::array<int, kColumnCount>;

constexpr int kGap = 2;
constexpr int kShortTime = 11;  // "11-23 03:31"
constexpr std::size_t kShortId = 8;

Row RowOf(const OwnedKernel& owned) {
  const KernelRecord& kernel = owned.kernel;
  return {kernel.kernel_id.empty() ? "?" : PlainLine(kernel.kernel_id.substr(0, kShortId)),
          PlainLine(kernel.gateway),
          kernel.kernelspec.empty() ? "(default)" : PlainLine(kernel.kernelspec),
          UseOf(owned),
          FormatLocal(kernel.created_at),
          PlainLine(owned.worker_name)};
}

/// Takes from the columns that can give until the table fits: the worker first, then the year and
/// the seconds, the gateway, the kernelspec.
void Fit(int columns, Widths* widths) {
  const auto excess = [&] {
    int used = -kGap;
    for (const int width : *widths) used += width > 0 ? width + kGap : 0;
    return used - columns;
  };
  const auto shrink = [&](Column column, int least) {
    int& width = (*widths)[column];
    if (excess() > 0 && width > least) width = std::max(least, width - excess());
  };
  constexpr int kLeastWorker = 12;
  shrink(kWorker, kLeastWorker);
  if (excess() > 0) (*widths)[kSince] = kShortTime;
  shrink(kGateway, 8);
  if (excess() > 0) (*widths)[kWorker] = 0;
  shrink(kKernelspec, 7);
  shrink(kUse, 8);
}

std::string Line(const Row& row, const Widths& widths) {
  std::string line;
  for (int column = 0; column < kColumnCount; ++column) {
    if (widths[column] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    std::string text = row[column];
    if (column == kSince && widths[column] == kShortTime && text.size() > kShortTime) {
      text = text.substr(5, kShortTime);
    }
    text = FitColumns(text, widths[column]);
    line += text;
    line.append(static_cast<std::size_t>(widths[column] - TextWidth(text)), ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

bool IsLeftBehind(const OwnedKernel& owned) {
  return !owned.kernel.is_owned && (!owned.kernel.is_in_use || owned.is_foreground);
}

std::string UseOf(const OwnedKernel& owned) {
  const KernelRecord& kernel = owned.kernel;
  if (IsLeftBehind(owned)) return "left behind";
  const std::string run = kernel.run ? "run " + std::to_string(kernel.run->value) : "";
  if (!kernel.is_owned) return run + ", interrupted";
  if (kernel.is_in_use && kernel.state != KernelState::kReleasing) return run;
  if (kernel.run || kernel.state == KernelState::kReleasing) return "ending";
  return kernel.state == KernelState::kIntended ? "starting" : "warm";
}

std::string KernelsTable(const std::vector<OwnedKernel>& kernels, const TextLook& look) {
  std::vector<Row> rows{{"KERNEL", "GATEWAY", "KERNELSPEC", "USE", "SINCE", "WORKER"}};
  for (const OwnedKernel& kernel : kernels) rows.push_back(RowOf(kernel));
  Widths widths{};
  for (const Row& row : rows) {
    for (int column = 0; column < kColumnCount; ++column) {
      widths[column] = std::max(widths[column], TextWidth(row[column]));
    }
  }
  if (look.columns > 0) Fit(look.columns, &widths);
  std::string table;
  for (const Row& row : rows) table += Line(row, widths);
  return table;
}

}  // namespace cellar

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/leftover_kernels.h"
#include "runner/review/kernels_table.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "store/kernels.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

struct KernelsOptions {
  bool reap = false;
  bool dry_run = false;
  bool forget = false;
};

Json KernelToJson(const OwnedKernel& owned) {
  const KernelRecord& kernel = owned.kernel;
  return {{"id", kernel.kernel_id.empty() ? Json(nullptr) : Json(kernel.kernel_id)},
          {"gateway", kernel.gateway},
          {"url", kernel.url},
          {"kernelspec", kernel.kernelspec},
          {"tag", kernel.tag},
          {"state", ToWord(kernel.state)},
          {"run", kernel.run ? Json(kernel.run->value) : Json(nullptr)},
          {"use", UseOf(owned)},
          {"left_behind", IsLeftBehind(owned)},
          {"since", FormatUtc(kernel.created_at)},
          {"worker", owned.worker_name},
          {"worker_alive", kernel.is_owned}};
}

void WriteKernelsJson(Output& out, Json kernels) {
  Json answer;
  answer["schema_version"] = 1;
  answer["kernels"] = std::move(kernels);
  out.Write(answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string Label(const KernelRecord& kernel) {
  const std::string id = kernel.kernel_id.empty() ? "of tag " + kernel.tag : kernel.kernel_id;
  return PlainLine(fmt::format("kernel {} on {}", id, kernel.gateway));
}

int ListKernels(Invocation& invocation) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const std::vector<OwnedKernel> kernels = FindOwnedKernels(store);
  if (invocation.json) {
    Json list = Json::array();
    for (const OwnedKernel& kernel : kernels) list.push_back(KernelToJson(kernel));
    WriteKernelsJson(invocation.out, std::move(list));
  } else if (!kernels.empty()) {
    invocation.out.Write(
        KernelsTable(kernels, {invocation.out.colours(), invocation.out.columns()}));
  } else if (!invocation.quiet) {
    invocation.err.Write("no kernels of ours\n");
  }
  return 0;
}

std::vector<OwnedKernel> UnusedKernels(const Store& store) {
  std::vector<OwnedKernel> kernels = FindOwnedKernels(store);
  std::erase_if(kernels, [](const OwnedKernel& kernel) { return !IsUnused(kernel); });
  return kernels;
}

/// Why nobody knows of each that it is gone; empty: it is. In the order of `kernels`.
std::vector<std::string> End(Store& store, const Config& config,
                             const std::vector<OwnedKernel>& kernels) {
  constexpr std::chrono::seconds kPatience(15);
  std::vector<KernelRecord> records;
  for (const OwnedKernel& owned : kernels) records.push_back(owned.kernel);
  boost::asio::io_context context;
  std::vector<std::string> faults;
  std::exception_ptr failure;
  boost::asio::co_spawn(
      context, EndKernels(context.get_executor(), store, config, std::move(records), kPatience),
      [&](std::exception_ptr fault, const std::vector<KernelEnd>& ends) {
        failure = fault;
        for (const KernelEnd& end : ends) {
          faults.push_back(end.may_still_come ? "it was ordered only just now, and may still come: "
                                                "try again in two minutes"
                                              : end.fault);
        }
      });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return faults;
}

/// One that is to go: a line, or an element of `list`.
void ReportOne(Invocation& invocation, const OwnedKernel& owned, const std::string& fault,
               const KernelsOptions& options, Json* list) {
  const std::string label = Label(owned.kernel);
  const bool dry_run = options.dry_run;
  if (!fault.empty()) {
    invocation.err.Write(fmt::format("cellar: {} could not be ended{}: {}\n", label,
                                     options.forget ? ", and is forgotten" : "", PlainLine(fault)));
  }
  if (invocation.json) {
    Json json = KernelToJson(owned);
    const char* const fate_of_failed = options.forget ? "forgotten" : "failed";
    json["fate"] = !fault.empty() ? fate_of_failed : dry_run ? "would_end" : "ended";
    json["fault"] = fault.empty() ? Json(nullptr) : Json(fault);
    list->push_back(std::move(json));
  } else if (fault.empty() && (dry_run || !invocation.quiet)) {
    invocation.out.Write(fmt::format("{} {}: {} is gone\n", label,
                                     dry_run ? "would be ended" : "ended",
                                     PlainLine(owned.worker_name)));
  }
}

int ReportEnded(Invocation& invocation, const std::vector<OwnedKernel>& kernels,
                const std::vector<std::string>& faults, const KernelsOptions& options) {
  bool all_ended = true;
  Json list = Json::array();
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    all_ended = all_ended && faults[i].empty();
    ReportOne(invocation, kernels[i], faults[i], options, &list);
  }
  if (invocation.json) WriteKernelsJson(invocation.out, std::move(list));
  if (kernels.empty() && !invocation.json && !invocation.quiet) {
    invocation.err.Write("no kernels are left behind\n");
  }
  return all_ended || options.forget ? 0 : 3;
}

int Reap(Invocation& invocation, const KernelsOptions& options) {
  if (options.dry_run) {
    const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
    const std::vector<OwnedKernel> kernels = UnusedKernels(store);
    return ReportEnded(invocation, kernels, std::vector<std::string>(kernels.size()), options);
  }
  std::error_code ignored;
  if (!std::filesystem::exists(invocation.config.store, ignored)) {
    Store::Open(invocation.config.store, StoreMode::kReadOnly);  // says that it is not there
  }
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  for (const RunId run : store.EndAttemptsOfDeadWorkers(Now())) {
    invocation.err.Write(fmt::format("run {}: failed (interrupted): its Cellar died\n", run.value));
  }
  const std::vector<OwnedKernel> kernels = UnusedKernels(store);
  const std::vector<std::string> faults = End(store, invocation.config, kernels);
  for (std::size_t i = 0; options.forget && i < kernels.size(); ++i) {
    if (!faults[i].empty()) store.RecordKernelGone(kernels[i].kernel.row);
  }
  return ReportEnded(invocation, kernels, faults, options);
}

int Kernels(Invocation& invocation, const KernelsOptions& options) {
  if (options.forget && (!options.reap || options.dry_run)) {
    throw Error(ErrorKind::kUsage,
                "kernels: --forget gives up what --reap could not end: give --reap, no --dry-run");
  }
  if (options.reap) return Reap(invocation, options);
  if (options.dry_run) {
    throw Error(ErrorKind::kUsage, "kernels: --dry-run says what --reap would end: give both");
  }
  return ListKernels(invocation);
}

}  // namespace

Action DefineKernels(CLI::App& app) {
  auto options = std::make_shared<KernelsOptions>();
  app.add_flag("--reap", options->reap,
               "End those that nobody uses: their worker is gone, and no run goes on with them");
  app.add_flag("--dry-run", options->dry_run, "With --reap: only say which those are");
  app.add_flag("--forget", options->forget,
               "With --reap: those that could not be ended are ours no more; for a gateway that "
               "will not come back");
  return [options](Invocation& invocation) { return Kernels(invocation, *options); };
}

}  // namespace cellar

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/gateway_report.h"
#include "runner/gateway/embedded_gateway.h"
#include "runner/gateway/gateway_http.h"
#include "runner/review/json_dump.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using boost::asio::awaitable;

/// Servers and clients whose clocks differ by more make times in the store hard to compare.
constexpr std::chrono::milliseconds kSaneClock = std::chrono::seconds(5);

const char* FramingWord(Framing framing) {
  return framing == Framing::kV1 ? "v1.kernel.websocket.jupyter.org" : "default";
}

awaitable<void> AskInto(GatewayReport* report, boost::asio::any_io_executor executor,
                        GatewayQuestion question) {
  *report = co_await AskGateway(executor, std::move(question));
}

/// Its kernels end with it, so none is recorded.
awaitable<void> AskEmbeddedInto(GatewayReport* report, boost::asio::any_io_executor executor,
                                std::vector<std::string> secrets, bool with_probe) {
  EmbeddedGateway embedded(executor, std::move(secrets));
  try {
    co_await embedded.Start();
    GatewayQuestion question;
    question.address = embedded.address();
    question.address.name = kEmbeddedName;
    question.with_probe = with_probe;
    *report = co_await AskGateway(executor, std::move(question));
  } catch (const Error& error) {
    report->fault = error.what();
  }
}

/// Asks several gateways at once: one that does not answer takes its time.
class Round {
 public:
  /// `store`: not nullptr when kernels are to be started.
  Round(const Config& config, Store* store) : config_(config), store_(store) {}

  std::vector<GatewayReport> Ask(const std::vector<std::string>& names) {
    reports_.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) Begin(names[i], &reports_[i]);
    context_.run();
    return std::move(reports_);
  }

 private:
  void Begin(const std::string& name, GatewayReport* report) {
    report->name = name;
    const auto executor = context_.get_executor();
    if (name == kEmbeddedName) {
      Spawn(AskEmbeddedInto(report, executor, SecretVariables(config_), store_ != nullptr));
      return;
    }
    GatewayQuestion question;
    question.with_probe = store_ != nullptr;
    question.store = store_;
    try {
      question.address = AddressOf(config_, name);
      RequireUsable(question.address);
    } catch (const Error& error) {  // its token or its ca_file is not there, for one
      if (config_.gateways.count(name) == 0) throw;
      report->url = config_.gateways.at(name).url;
      report->fault = error.what();
      return;
    }
    Spawn(AskInto(report, executor, std::move(question)));
  }

  void Spawn(awaitable<void> work) {
    boost::asio::co_spawn(context_, std::move(work), [](std::exception_ptr fault) {
      if (fault) std::rethrow_exception(fault);  // a programming mistake
    });
  }

  const Config& config_;
  Store* store_;
  boost::asio::io_context context_;
  std::vector<GatewayReport> reports_;
};

std::vector<std::string> SpecNames(const Config& config) {
  if (!config.gateway_override.empty()) return {config.gateway_override};
  std::vector<std::string> names;
  for (const auto& [name, gateway] : config.gateways) names.push_back(name);
  names.push_back(kEmbeddedName);
  return names;
}

std::vector<GatewayReport> AskAll(const Config& config, bool with_probe) {
  std::optional<Store> store;
  if (with_probe) store = Store::Open(config.store, StoreMode::kReadWrite);
  return Round(config, store ? &*store : nullptr).Ask(SpecNames(config));
}

std::string ClockText(const ServerInfo& server) {
  if (!server.clock_offset) return "unknown: it sends no Date";
  const auto offset = *server.clock_offset;
  if (std::chrono::abs(offset) <= kSaneClock) return "agrees with ours";
  return fmt::format("{} {} ours", FormatElapsed(std::chrono::abs(offset)),
                     offset.count() > 0 ? "ahead of" : "behind");
}

std::string SpecsText(const Kernelspecs& specs) {
  std::vector<std::string> texts;
  for (const Kernelspec& spec : specs.specs) {
    texts.push_back(fmt::format("{} ({}{})", spec.name, spec.language,
                                spec.name == specs.default_name ? ", the default" : ""));
  }
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string LimitsText(const KernelProbe& probe) {
  if (!probe.drops_output) return "off: 6 MB printed at once came whole";
  return "on: it drops output that comes too fast; on the server set "
         "ServerApp.iopub_data_rate_limit=0 and iopub_msg_rate_limit=0 "
         "(ZMQChannelsWebsocketConnection.… from Jupyter Server 2)";
}

void AppendField(std::string* text, const char* name, const std::string& value) {
  *text += fmt::format("  {:<12} {}\n", name, PlainLine(value));
}

std::string ReportText(const GatewayReport& report) {
  const std::string& name = report.name.empty() ? report.url : report.name;
  std::string text = PlainLine(name) + (report.fault.empty() ? "  reachable\n" : "  not usable\n");
  if (!report.url.empty() && report.url != report.name) AppendField(&text, "url", report.url);
  if (!report.fault.empty()) {
    AppendField(&text, "fault", report.fault);
    return text;
  }
  AppendField(&text, "server",
              report.server.version +
                  (report.server.server_header.empty() ? "" : ", " + report.server.server_header));
  AppendField(&text, "kernelspecs", SpecsText(report.kernelspecs));
  AppendField(&text, "sessions", report.server.has_sessions ? "yes" : "no");
  AppendField(&text, "clock", ClockText(report.server));
  if (!report.probe) {
    AppendField(&text, "framing", "unknown without --probe");
    AppendField(&text, "rate limits", "unknown without --probe");
  } else if (!report.probe->fault.empty()) {
    AppendField(&text, "probe", report.probe->fault);
  } else {
    AppendField(&text, "kernel start", FormatElapsed(report.probe->start));
    AppendField(&text, "framing", FramingWord(report.probe->framing));
    AppendField(&text, "rate limits", LimitsText(*report.probe));
  }
  return text;
}

nlohmann::ordered_json ProbeToJson(const KernelProbe& probe) {
  const bool known = probe.fault.empty();
  nlohmann::ordered_json json;
  json["fault"] = known ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(probe.fault);
  json["kernelspec"] = probe.kernelspec;
  if (!known) return json;
  json["kernel_start_ms"] = probe.start.count();
  json["framing"] = FramingWord(probe.framing);
  json["drops_output"] = probe.drops_output;
  return json;
}

nlohmann::ordered_json ReportToJson(const GatewayReport& report) {
  nlohmann::ordered_json json;
  json["name"] = report.name;
  json["url"] = report.url;
  json["reachable"] = report.fault.empty();
  json["fault"] =
      report.fault.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(report.fault);
  if (!report.fault.empty()) return json;
  json["version"] = report.server.version;
  json["server"] = report.server.server_header;
  json["has_sessions"] = report.server.has_sessions;
  json["clock_offset_ms"] = report.server.clock_offset
                                ? nlohmann::ordered_json(report.server.clock_offset->count())
                                : nlohmann::ordered_json(nullptr);
  json["default_kernelspec"] = report.kernelspecs.default_name;
  json["kernelspecs"] = nlohmann::ordered_json::array();
  for (const Kernelspec& spec : report.kernelspecs.specs) {
    json["kernelspecs"].push_back({{"name", spec.name},
                                   {"display_name", spec.display_name},
                                   {"language", spec.language},
                                   {"interrupt_mode", spec.interrupt_mode}});
  }
  json["probe"] = report.probe ? ProbeToJson(*report.probe) : nlohmann::ordered_json(nullptr);
  return json;
}

bool IsUsable(const GatewayReport& report) {
  return report.fault.empty() && (!report.probe || report.probe->fault.empty());
}

int AskGateways(Invocation& invocation, bool with_probe) {
  const std::vector<GatewayReport> reports = AskAll(invocation.config, with_probe);
  nlohmann::ordered_json gateways = nlohmann::ordered_json::array();
  bool all_usable = true;
  for (const GatewayReport& report : reports) {
    all_usable = all_usable && IsUsable(report);
    if (invocation.json) {
      gateways.push_back(ReportToJson(report));
    } else if (!invocation.quiet || !IsUsable(report)) {
      invocation.out.Write(ReportText(report));
    }
  }
  if (invocation.json) {
    nlohmann::ordered_json answer;
    answer["schema_version"] = 1;
    answer["gateways"] = std::move(gateways);
    invocation.out.Write(DumpJson(answer, 2));
    invocation.out.Write("\n");
  }
  return all_usable ? 0 : 3;
}

}  // namespace

Action DefineGateways(CLI::App& app) {
  auto with_probe = std::make_shared<bool>(false);
  app.add_flag("--probe", *with_probe,
               "Start a Python kernel on each and print 6 MB, to see the framing and whether "
               "output is dropped");
  return [with_probe](Invocation& invocation) { return AskGateways(invocation, *with_probe); };
}

}  // namespace cellar

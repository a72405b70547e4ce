#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/page_arguments.h"

namespace cellar {
namespace {

int AwaitSignal() {
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  int signal = 0;
  signals.async_wait([&signal](const boost::system::error_code&, int came) { signal = came; });
  context.run();
  return signal;
}

int View(Invocation& invocation, const PageArguments& arguments) {
  const PageServer page(invocation.config, SettingsOf(arguments));
  const std::string address = page.address_with_session();
  const nlohmann::ordered_json answer{{"schema_version", 1}, {"url", address}};
  invocation.out.Write((invocation.json ? answer.dump() : address) + "\n");
  invocation.out.Flush();
  return 128 + AwaitSignal();
}

}  // namespace

Action DefineView(CLI::App& app) {
  auto arguments = std::make_shared<PageArguments>();
  AddPageArguments(app, arguments.get());
  return [arguments](Invocation& invocation) { return View(invocation, *arguments); };
}

}  // namespace cellar

#include "runner/cli/page_arguments.h"

#include <CLI/CLI.hpp>

namespace cellar {

void AddPageArguments(CLI::App& app, PageArguments* arguments) {
  app.add_option(
         "--listen", arguments->listen,
         "Where the page is: 127.0.0.1:8787 unless said otherwise; port 0: any that is free")
      ->type_name("HOST:PORT");
  app.add_option("--allow-host", arguments->hosts,
                 "A further name by which browsers may ask for it, such as that of a proxy")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_flag("--allow-plaintext", arguments->allow_plaintext,
               "Listen where others could read along: there is no TLS");
  app.add_flag(
      "--allow-scripts", arguments->allow_scripts,
      "HTML outputs may run their scripts, after a click, in a frame that reaches nothing");
}

PageSettings SettingsOf(const PageArguments& arguments) {
  PageSettings settings;
  if (!arguments.listen.empty()) settings.listen = arguments.listen;
  settings.hosts = arguments.hosts;
  settings.allow_plaintext = arguments.allow_plaintext;
  settings.scripts = arguments.allow_scripts;
  return settings;
}

std::string WayIn(const PageServer& page, bool with_session) {
  if (with_session) return page.address_with_session();
  return page.address() + (page.session_file().empty()
                               ? ", its session could not be kept beside the store"
                               : ", its session is in " + page.session_file());
}

}  // namespace cellar

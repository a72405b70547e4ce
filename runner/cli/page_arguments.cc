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
               "Listen where others could read along, without TLS");
  app.add_option("--tls-cert", arguments->tls_certificate,
                 "A certificate, with its chain, in PEM form: the page is at https:// then")
      ->type_name("FILE");
  app.add_option("--tls-key", arguments->tls_key, "Its key, in PEM form without a password")
      ->type_name("FILE");
  app.add_option("--token-file", arguments->token_file,
                 "A file (0600) with a token of at least 32 characters that is let in as well")
      ->type_name("FILE");
  app.add_flag(
      "--allow-scripts", arguments->allow_scripts,
      "HTML outputs may run their scripts, after a click, in a frame that reaches nothing");
}

PageSettings SettingsOf(const PageArguments& arguments) {
  PageSettings settings;
  if (!arguments.listen.empty()) settings.listen = arguments.listen;
  settings.hosts = arguments.hosts;
  settings.allow_plaintext = arguments.allow_plaintext;
  settings.tls_certificate = arguments.tls_certificate;
  settings.tls_key = arguments.tls_key;
  settings.token_file = arguments.token_file;
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

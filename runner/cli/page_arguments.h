// The arguments of commands that serve the page.
#pragma once

#include <string>
#include <vector>

#include "runner/cli/commands.h"
#include "runner/review/api/page_server.h"

namespace cellar {

struct PageArguments {
  std::string listen;  // empty: not given
  std::vector<std::string> hosts;
  bool allow_plaintext = false;
  std::string tls_certificate;
  std::string tls_key;
  std::string token_file;
  bool allow_scripts = false;
};

void AddPageArguments(CLI::App& app, PageArguments* arguments);

PageSettings SettingsOf(const PageArguments& arguments);

/// Where to find the page. `with_session`: to somebody who sits before it; else, in a log, only
/// where the session is kept.
std::string WayIn(const PageServer& page, bool with_session);

}  // namespace cellar

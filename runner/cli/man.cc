// `man`: the manual page, from what the commands say of themselves. Source: groff_man(7).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "jobs/source_text.h"
#include "runner/cli/commands.h"

namespace cellar {
namespace {

/// Text that troff shows as it is: its escape character, hyphens that stay hyphens, and no line
/// that begins as a request does.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    const bool begins_line = plain.empty() || plain.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) plain += "\\&";
    if (c == '\\') {
      plain += "\\e";
    } else if (c == '-') {
      plain += "\\-";
    } else {
      plain += c;
    }
  }
  return plain;
}

/// "-o,--output FILE", "RUN".
std::string NameOf(const CLI::Option& option) {
  const std::string name = option.get_name(option.get_positional(), true);
  const std::string type = option.get_positional() || option.get_items_expected_max() == 0
                               ? ""
                               : " " + option.get_type_name();
  return name + type;
}

std::string OptionText(const CLI::Option& option) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", Plain(NameOf(option)),
                     Plain(option.get_description()));
}

bool IsCommon(const CLI::Option& option) {
  return option.get_group() == "Common flags" || option.check_name("--help");
}

std::string CommandText(const CLI::App& app, const std::string& name) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (!IsCommon(*option)) text += OptionText(*option);
  }
  for (const CLI::App* word : app.get_subcommands(nullptr)) {
    const std::string whole = name + " " + word->get_name();
    text += fmt::format(".SS {}\n{}\n", Plain(whole), Plain(Trimmed(word->get_description())));
    text += CommandText(*word, whole);
  }
  if (!app.get_footer().empty()) text += ".PP\n" + Plain(Trimmed(app.get_footer())) + "\n";
  return text;
}

std::string ManPage(const CLI::App& program) {
  std::string text =
      ".TH CELLAR 1\n.SH NAME\ncellar \\- runs notebook\\-style batch jobs on Jupyter gateways\n"
      ".SH SYNOPSIS\n.B cellar\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const Command& command : Commands()) {
    const CLI::App* app = program.get_subcommand(std::string(command.name));
    text += fmt::format(".SS cellar {}\n{}.\n.PP\n.RS\n.EX\n{}\n.EE\n.RE\n", Plain(command.name),
                        Plain(command.summary), Plain(command.example));
    text += CommandText(*app, "cellar " + std::string(command.name));
  }
  text += ".SH OPTIONS OF ALL COMMANDS\n";
  for (const CLI::Option* option : program.get_options()) text += OptionText(*option);
  text +=
      ".SH EXIT STATUS\n0 all is well; 1 a run failed through its own code or was cancelled; 2 "
      "usage, or an unsound job; 3 gateway or kernel trouble; 4 the store, or output that could "
      "not be written; 75 the job is running already; 124 a timeout; 130, 143 stopped by a "
      "signal.\n";
  return text;
}

}  // namespace

Action DefineMan(CLI::App& app) {
  return [&app](Invocation& invocation) {
    invocation.out.Write(ManPage(*app.get_parent()));
    return 0;
  };
}

}  // namespace cellar

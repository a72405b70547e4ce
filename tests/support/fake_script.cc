#include "tests/support/fake_script.h"

#include <functional>
#include <map>
#include <sstream>
#include <utility>

namespace cellar {
namespace {

using Arguments = const std::string&;
using Command = std::function<void(FakeCell&, Arguments)>;

std::pair<std::string, std::string> SplitAt(const std::string& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

void Tick(FakeCell& cell, Arguments count) {
  for (int i = 1; i <= std::stoi(count); ++i) cell.Print("tick " + std::to_string(i) + "\n");
}

void Display(FakeCell& cell, Arguments what) {
  const auto [id, text] = SplitAt(what, '=');
  if (what.find('=') == std::string::npos) return cell.Display(what);
  cell.Display(text, id);
}

void Update(FakeCell& cell, Arguments what) {
  const auto [id, text] = SplitAt(what, '=');
  cell.Update(id, text);
}

void Late(FakeCell& cell, Arguments text) {
  cell.Reply();
  cell.Idle();
  cell.Print(text + "\n");
}

void Raise(FakeCell& cell, Arguments error) {
  const auto [name, text] = SplitAt(error, ' ');
  cell.Raise(name, text);
}

const std::map<std::string, Command>& ScriptCommands() {
  static const std::map<std::string, Command> commands = {
      {"print", [](auto& cell, Arguments text) { cell.Print(text + "\n"); }},
      {"warn", [](auto& cell, Arguments text) { cell.Stream("stderr", text + "\n"); }},
      {"result", [](auto& cell, Arguments text) { cell.Result(text); }},
      {"ticks", Tick},
      {"display", Display},
      {"update", Update},
      {"clear", [](auto& cell, Arguments wait) { cell.Clear(wait == "wait"); }},
      {"blob", [](auto& cell, Arguments n) { cell.Display(std::string(std::stoul(n), 'x')); }},
      {"raise", Raise},
      {"stubborn", [](auto& cell, Arguments) { cell.IgnoreInterrupts(); }},
      {"hang", [](auto& cell, Arguments) { cell.AwaitInterrupt(); }},
      {"wait", [](auto& cell, Arguments gate) { cell.Await(gate); }},
      {"late", Late},
      {"idle", [](auto& cell, Arguments) { cell.Idle(); }},
      {"lose",
       [](auto& cell, Arguments what) { what == "idle" ? cell.LoseIdle() : cell.LoseReply(); }},
      {"rate", [](auto& cell, Arguments) { cell.RateLimitWarning(); }},
      {"cut", [](auto& cell, Arguments) { cell.Cut(); }},
      {"reset", [](auto& cell, Arguments) { cell.Reset(); }},
      {"stall", [](auto& cell, Arguments) { cell.Stall(); }},
      {"die", [](auto& cell, Arguments how) { cell.Die(how == "for good"); }},
      {"exit", [](auto& cell, Arguments) { cell.Exit(); }},
  };
  return commands;
}

bool DoesNothing(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos || line.front() == '#' ||
         line.find(" = ") != std::string::npos;
}

}  // namespace

void PlayFakeScript(FakeCell& cell) {
  std::istringstream lines(cell.code());
  for (std::string line; std::getline(lines, line);) {
    const auto [word, arguments] = SplitAt(line, ' ');
    const auto command = ScriptCommands().find(word);
    if (command != ScriptCommands().end()) {
      command->second(cell, arguments);
    } else if (!DoesNothing(line)) {
      return cell.Raise("SyntaxError", "the fake kernel knows no \"" + line + "\"");
    }
    if (word == "raise") return;
  }
}

}  // namespace cellar

// `export` and `outputs`: every format read back by a tool that is not ours, and files that stay
// where they belong.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class ExportTest : public CliTest {
 protected:
  ExportTest() : store_(OpenStore()) {}

  /// What Debian's Python says to `script`, with `file` as its argument.
  std::string Python(const std::string& script, const std::string& file) const {
    ProgramSpec spec;
    spec.arguments = {"/usr/bin/python3", "-c", script, (folder_ / file).string()};
    const ProgramResult result = RunProgram(spec);
    return result.out + result.err;
  }
  /// What xmllint has against an XML file; empty: nothing.
  std::string XmllintOn(const std::string& file) const {
    ProgramSpec spec;
    spec.arguments = {"/usr/bin/xmllint", "--noout", (folder_ / file).string()};
    const ProgramResult result = RunProgram(spec);
    return result.out + result.err;
  }
  std::string Files(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / folder)) {
      names.push_back(entry.path().lexically_relative(folder_ / folder).string());
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) text += name + " ";
    return text;
  }

  Store store_;
};

/// Everything that XML, HTML, Markdown and terminals have a meaning for.
const char* const kHostileText =
    "\\u0000\\u0001\\u001b[31mred\\u001b[0m\\u001b]0;title\\u0007\\u009b31m ]]> & <x a='1'> "
    "\\ufffe "
    "\\uffff \\ud83d\\ude00 \\u202e ``` ::error::x";

constexpr char kJunitScript[] = R"(
import sys, junitparser
report = junitparser.JUnitXml.fromfile(sys.argv[1])
print(report.tests, report.failures, report.errors, report.skipped)
for suite in report:
    print(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped, suite.time)
    for case in suite:
        print(' ', case.classname, case.name, case.time,
              [(type(result).__name__, result.type, result.message) for result in case.result])
)";

TEST_F(ExportTest, WritesAJunitReportThatJunitparserReads) {
  MakeFailedRun(store_);
  EXPECT_EQ(Transcript({"export", "1", "--to", "junit", "-o", "out.xml"}),
            "exit 0\n--\nrun 1 written to out.xml\n");
  EXPECT_EQ(XmllintOn("out.xml"), "");
  EXPECT_EQ(Python(kJunitScript, "out.xml"),
            "4 1 0 1\n"
            "clean-weather 4 1 0 1 0.288\n"
            "  clean-weather [0] parameters 0.005 []\n"
            "  clean-weather [1] load 0.21 []\n"
            "  clean-weather [2] clean 0.041 [('Failure', 'KeyError', \"KeyError: 'temp'\")]\n"
            "  clean-weather [3] plot 0.0 [('Skipped', None, 'not run: the run ended before')]\n");
}

TEST_F(ExportTest, StaysWellFormedWhateverAnOutputHolds) {
  const std::string text = kHostileText;
  MakeRunWithOutputs(store_, "hostile",
                     {R"({"output_type": "stream", "name": "stdout", "text": ")" + text + R"("})",
                      R"({"output_type": "error", "ename": ")" + text +
                          R"(", "evalue": "", "traceback": [")" + text + R"("]})",
                      R"({"output_type": "display_data", "metadata": {}, "data": {"text/html": ")" +
                          text + R"("}})"});
  for (const char* format : {"junit", "html", "md", "txt", "json", "ipynb"}) {
    const ProgramResult result = Cellar({"export", "1", "--to", format});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    for (const char* code : {"\x1b", "\x07", "\xc2\x9b", "\x01"}) {
      EXPECT_EQ(result.out.find(code), std::string::npos) << format;
    }
    folder_.Write(std::string("out.") + format, result.out);
  }
  EXPECT_EQ(XmllintOn("out.junit"), "");
  EXPECT_EQ(nlohmann::json::parse(folder_.Read("out.json")).at("cells").size(), 1U);
}

TEST_F(ExportTest, TakesTheFormatFromTheFilesEnding) {
  MakeFailedRun(store_);
  for (const char* name : {"a.html", "a.md", "a.json", "a.txt", "a.xml", "a.ipynb", "a"}) {
    EXPECT_EQ(Cellar({"export", "1", "-q", "-o", name}).exit_code, 0) << name;
  }
  EXPECT_EQ(folder_.Read("a.html").rfind("<!doctype html>", 0), 0U);
  EXPECT_EQ(folder_.Read("a.md").rfind("# clean-weather", 0), 0U);
  EXPECT_EQ(folder_.Read("a.txt"), Cellar({"show", "1"}).out);
  EXPECT_EQ(folder_.Read("a.json"), Cellar({"show", "1", "--json"}).out);
  EXPECT_EQ(folder_.Read("a.json"), Cellar({"export", "1", "--json"}).out);
  EXPECT_EQ(folder_.Read("a.xml").rfind("<?xml", 0), 0U);
  EXPECT_EQ(folder_.Read("a.ipynb"), folder_.Read("a"));
}

TEST_F(ExportTest, FollowsALinkThatWasNamed) {
  MakeFailedRun(store_);
  folder_.Write("pages/one.html", "old");
  std::filesystem::create_symlink("pages/one.html", folder_ / "latest.html");
  std::filesystem::create_symlink(folder_ / "pages/two.md", folder_ / "latest.md");
  for (const char* name : {"latest.html", "latest.md"}) {
    EXPECT_EQ(Cellar({"export", "1", "-q", "-o", name}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(folder_ / name));
  }
  EXPECT_EQ(Files("pages"), "one.html two.md ");
  EXPECT_EQ(folder_.Read("pages/one.html").rfind("<!doctype html>", 0), 0U);
  EXPECT_EQ(folder_.Read("pages/two.md").rfind("# clean-weather", 0), 0U);
}

TEST_F(ExportTest, WritesStraightIntoWhatIsNoFile) {
  MakeFailedRun(store_);
  const std::string text = Cellar({"show", "1"}).out;
  std::filesystem::create_symlink("/proc/self/fd/1", folder_ / "out");
  EXPECT_EQ(Cellar({"export", "1", "-q", "--to", "txt", "-o", "out"}).out, text);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "out"));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  ProgramSpec reader;
  reader.arguments = {"/bin/cat", (folder_ / "pipe").string()};
  ChildProcess reading(reader);
  EXPECT_EQ(Cellar({"export", "1", "-q", "--to", "txt", "-o", "pipe"}).exit_code, 0);
  EXPECT_EQ(reading.Wait().out, text);
  EXPECT_TRUE(std::filesystem::is_fifo(folder_ / "pipe"));
}

TEST_F(ExportTest, SuggestsTheFormatThatWasMeant) {
  MakeFailedRun(store_);
  EXPECT_EQ(Transcript({"export", "1", "--to", "htm"}),
            "exit 2\n--\ncellar: export: --to: there is no \"htm\": did you mean \"html\"?\n");
}

/// As html.parser reads it: the elements that matter, and every attribute that could do something.
constexpr char kPageScript[] = R"(
import sys, html.parser
class Parser(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        for name in named:
            if name.startswith('on'): print('handler', tag, name)
        if tag in ('script', 'link', 'base', 'form', 'object', 'embed', 'svg'): print('bad', tag)
        if tag == 'iframe': print('frame', repr(named.get('sandbox')), 'src' in named)
        if tag == 'img': print('img', named.get('src', '')[:15])
        if tag == 'a' and not named.get('href', '#').startswith('#'): print('link', named['href'])
        if tag == 'meta' and named.get('http-equiv'): print(named['content'])
Parser().feed(open(sys.argv[1], encoding='utf-8').read())
)";

TEST_F(ExportTest, WritesAPageInWhichNothingCanAct) {
  MakeRunWithOutputs(
      store_, "hostile\"><script>evil()</script>",
      {
          R"json({"output_type": "display_data", "metadata": {}, "data": {"text/html":
           "\"></iframe><script>evil()</script><form action='http://e.example'><base href=x>"}})json",
          R"json({"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml":
           "<svg onload='evil()'><script>evil()</script></svg>"}})json",
          R"json({"output_type": "display_data", "metadata": {}, "data": {"text/markdown":
           "<img src=x onerror=evil()> [a](javascript:evil()) [b](https://b.example)"}})json",
          R"json({"output_type": "display_data", "metadata": {}, "data": {"image/png":
           "\" onerror=\"evil()"
}
})json",
          R"json({"output_type": "display_data", "metadata": {}, "data": {"application/javascript":
           "evil()"
}
})json",
          R"json({"output_type": "stream", "name": "\"><script>", "text": "<script>evil()</script>"})json"});
  EXPECT_EQ(Cellar({"export", "1", "-o", "out.html"}).exit_code, 0);
  EXPECT_EQ(Python(kPageScript, "out.html"),
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
            "form-action 'none'\n"
            "frame '' False\n"
            "img data:image/svg+\n"
            "link https://b.example\n");
}

TEST_F(ExportTest, ListsOutputsAndWritesThemIntoAFolder) {
  MakeFailedRun(store_);
  EXPECT_EQ(Transcript({"outputs", "1"}),
            "exit 0\n"
            "cell-01-stdout-1.txt               8 B  text/plain\n"
            "cell-01-output-1.txt              15 B  text/plain\n"
            "cell-01-output-1.html             15 B  text/html\n"
            "cell-01-figure-1.png               8 B  image/png\n"
            "cell-01-figure-1.txt              21 B  text/plain\n"
            "cell-02-stderr-1.txt               5 B  text/plain\n"
            "cell-02-error-1.txt              129 B  text/plain\n");
  EXPECT_EQ(Transcript({"outputs", "1", "--mime", "image/png", "-o", "figures/new"}),
            "exit 0\ncell-01-figure-1.png               8 B  image/png\n");
  EXPECT_EQ(Files("figures"), "new new/cell-01-figure-1.png ");
  EXPECT_EQ(folder_.Read("figures/new/cell-01-figure-1.png"), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(Transcript({"outputs", "last", "load", "--mime", "text/*", "-o", "texts", "-q"}),
            "exit 0\n");
  EXPECT_EQ(
      Files("texts"),
      "cell-01-figure-1.txt cell-01-output-1.html cell-01-output-1.txt cell-01-stdout-1.txt ");
  const auto json = nlohmann::json::parse(Cellar({"outputs", "1", "2", "--json"}).out);
  EXPECT_EQ(json.at("outputs")[0].dump(),
            R"({"bytes":5,"cell":2,"file":"cell-02-stderr-1.txt","type":"text/plain"})");
}

TEST_F(ExportTest, RefusesCellsAndFoldersThatAreNone) {
  MakeFailedRun(store_);
  folder_.Write("file", "");
  EXPECT_EQ(Transcript({"outputs", "1", "9"}),
            "exit 2\n--\ncellar: outputs: run 1 has no cell 9: its last is 3\n");
  EXPECT_EQ(Transcript({"outputs", "1", "laod"}),
            "exit 2\n--\ncellar: outputs: run 1 has no cell \"laod\": its last is 3\n");
  EXPECT_EQ(Transcript({"outputs", "1", "-o", "file"}),
            "exit 2\n--\ncellar: outputs: -o file: give a folder\n");
  EXPECT_EQ(Transcript({"outputs", "1", "--mime", "video/mp4"}), "exit 0\n--\nno outputs match\n");
}

TEST_F(ExportTest, NeverWritesOutsideTheFolder) {
  MakeRunWithOutputs(
      store_, "../../evil",
      {R"({"output_type": "display_data", "metadata": {"filename": "../evil"}, "data":
                          {"image/../../evil": "AAAA", "/evil": "x", "text/plain": "fine"}})"});
  folder_.Write("target", "kept");
  std::filesystem::create_directories(folder_ / "in");
  std::filesystem::create_symlink(folder_ / "target", folder_ / "in/cell-00-figure-1.txt");
  EXPECT_EQ(Cellar({"outputs", "1", "-q", "-o", "in"}).exit_code, 0);
  EXPECT_EQ(Files("in"), "cell-00-figure-1-2.bin cell-00-figure-1.bin cell-00-figure-1.txt ");
  EXPECT_EQ(folder_.Read("target"), "kept");
  EXPECT_EQ(folder_.Read("in/cell-00-figure-1.txt"), "fine");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "evil"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path().parent_path() / "evil"));
}

TEST_F(ExportTest, SaysWhichPictureIsDamaged) {
  MakeRunWithOutputs(
      store_, "damaged",
      {R"({"output_type": "display_data", "metadata": {}, "data": {"image/png": "no base64!"}})"});
  EXPECT_EQ(
      Transcript({"outputs", "1"}),
      "exit 1\n"
      "cell-00-figure-1.png              10 B  image/png\n"
      "--\n"
      "cellar: cell-00-figure-1.png: image/png should be base64 and is not: it is as it came\n");
}

/// Without the colours that may stay.
std::string WithoutSgr(const std::string& text) {
  std::string rest;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text.find_first_not_of("0123456789;", i + 2);
    const bool is_sgr = text.compare(i, 2, "\x1b[") == 0 && end < text.size() && text[end] == 'm';
    if (is_sgr) i = end;
    if (!is_sgr) rest.push_back(text[i]);
  }
  return rest;
}

TEST_F(ExportTest, LetsNoControlCodeOfAJobReachTheTerminal) {
  const std::string text = kHostileText;
  MakeRunWithOutputs(
      store_, "hostile\x1b]0;title\x07",
      {R"({"output_type": "stream", "name": "stdout", "text": ")" + text + R"("})",
       R"({"output_type": "display_data", "metadata": {}, "data": {"text/plain": ")" + text +
           R"(", "x\u001b]0;t\u0007": "y"}})",
       R"({"output_type": "error", "ename": ")" + text + R"(", "evalue": "", "traceback": [")" +
           text + R"("]})"});
  folder_.Write("bad.toml", "name = \"x\"\n\"\\u001b[2J\\u009b\" = 1\n");
  const std::vector<std::vector<std::string>> commands = {{"runs"},
                                                          {"runs", "--json"},
                                                          {"show", "1"},
                                                          {"show", "1", "--json"},
                                                          {"logs", "1"},
                                                          {"logs", "1", "--json"},
                                                          {"outputs", "1"},
                                                          {"outputs", "1", "--json"},
                                                          {"check", "bad.toml"},
                                                          {"check", "bad.toml", "--json"},
                                                          {"export", "1"},
                                                          {"export", "1", "--to", "md"},
                                                          {"export", "1", "--to", "html"},
                                                          {"export", "1", "--to", "txt"}};
  for (const auto& arguments : commands) {
    ProgramSpec spec = Spec(arguments);
    spec.stdout_on_terminal = true;
    spec.stderr_on_terminal = true;
    const ProgramResult result = RunProgram(spec);
    const std::string shown = WithoutSgr(result.out + result.err);
    ASSERT_FALSE(shown.empty());
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto byte = static_cast<unsigned char>(shown[i]);
      const bool is_control = (byte < 0x20 && byte != '\n') || byte == 0x7f;
      const bool is_c1 = byte == 0xc2 && static_cast<unsigned char>(shown[i + 1]) < 0xa0;
      EXPECT_FALSE(is_control || is_c1) << arguments.front() << " at " << i << ": " << shown;
      if (is_control || is_c1) break;
    }
  }
}

}  // namespace
}  // namespace cellar

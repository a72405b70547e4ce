#include "runner/gateway/python_interpreters.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using testing::ElementsAre;

class PythonInterpretersTest : public testing::Test {
 protected:
  std::string Script(const std::string& name, const std::string& text) {
    const auto file = temp_.Write(name, text);
    ::chmod(file.c_str(), 0755);
    return file.string();
  }
  std::string Folder(const std::string& name) const { return (temp_.path() / name).string(); }

  TempDir temp_;
};

TEST_F(PythonInterpretersTest, TakesThoseOfJupyterServersInTheOrderOfThePath) {
  const auto one = Script("one/python3", "");
  const auto two = Script("two/python3.11", "");
  Script("bin/one/jupyter-server", "#!" + one + "\nimport re\n");
  Script("bin/two/jupyter-server", "#! " + two + " -s\n");
  EXPECT_THAT(JupyterInterpreters(Folder("bin/two") + "::" + Folder("bin/one")),
              ElementsAre(two, one, "/usr/bin/python3"));
}

TEST_F(PythonInterpretersTest, FollowsEnvOverThePath) {
  const auto python = Script("bin/python3", "");
  Script("bin/jupyter-server", "#!/usr/bin/env python3\n");
  EXPECT_THAT(JupyterInterpreters(Folder("bin")), ElementsAre(python, "/usr/bin/python3"));
}

TEST_F(PythonInterpretersTest, PassesOverShimsAndWhatCannotBeRun) {
  Script("shims/jupyter-server", "#!/usr/bin/env bash\nexec pyenv\n");
  Script("gone/jupyter-server", "#!" + Folder("gone/python3") + "\n");
  Script("empty/jupyter-server", "");
  temp_.Write("plain/jupyter-server", "#!/usr/bin/python3\n");
  const auto shim = Script("shims/python3", "");
  EXPECT_THAT(JupyterInterpreters(Folder("shims") + ":" + Folder("gone") + ":" + Folder("empty") +
                                  ":" + Folder("plain") + ":relative"),
              ElementsAre("/usr/bin/python3", shim));
}

TEST_F(PythonInterpretersTest, KnowsDebiansWithoutAPath) {
  EXPECT_THAT(JupyterInterpreters(""), ElementsAre("/usr/bin/python3"));
}

}  // namespace
}  // namespace cellar

#include "runner/cli/written_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

/// What a new file's permissions are, as open(2) would set them. Single-threaded: the mask is
/// changed for a moment.
mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

WrittenFile::WrittenFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(path_.string() + ".XXXXXX") {
  descriptor_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) Fail(errno);
  if (fchmod(descriptor_, NewFileMode()) != 0) Fail(errno);
  output_ = std::make_unique<Output>(descriptor_, path_.string());
}

WrittenFile::~WrittenFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void WrittenFile::Fail(int error) {
  throw Error(ErrorKind::kOutput,
              fmt::format("cannot write {}: {}", path_.string(), std::strerror(error)));
}

void WrittenFile::Write(std::string_view text) { output_->Write(text); }

void WrittenFile::Commit() {
  output_->Flush();
  if (fsync(descriptor_) != 0) Fail(errno);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) Fail(errno);
  close(std::exchange(descriptor_, -1));
}

}  // namespace cellar

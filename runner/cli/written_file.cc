#include "runner/cli/written_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
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

/// Something is there, behind links as it may be, and it is no file.
bool IsNoFile(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  return type != std::filesystem::file_type::regular &&
         type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::none;
}

/// Where the links at `path` lead, be it to what is not there yet.
std::filesystem::path BehindLinks(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // path_resolution(7)
  std::error_code is_no_link;
  for (int links = 0; links < kMostLinks; ++links) {
    const auto target = std::filesystem::read_symlink(path, is_no_link);
    if (is_no_link) break;
    path = path.parent_path() / target;
  }
  return path;
}

}  // namespace

WrittenFile::WrittenFile(const std::filesystem::path& path, AtPlace at_place) : path_(path) {
  if (at_place == AtPlace::kFollowed && IsNoFile(path_)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0) Fail(errno);
  } else {
    if (at_place == AtPlace::kFollowed) path_ = BehindLinks(path_);
    OpenBeside();
  }
  output_ = std::make_unique<Output>(descriptor_, path.string());
}

WrittenFile::~WrittenFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void WrittenFile::OpenBeside() {
  temporary_ = path_.string() + ".XXXXXX";
  descriptor_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) Fail(errno);
  if (fchmod(descriptor_, NewFileMode()) != 0) Fail(errno);
}

void WrittenFile::Fail(int error) const {
  throw Error(ErrorKind::kOutput,
              fmt::format("cannot write {}: {}", path_.string(), std::strerror(error)));
}

void WrittenFile::Write(std::string_view text) { output_->Write(text); }

void WrittenFile::Commit() {
  output_->Flush();
  if (!temporary_.empty()) {
    if (fsync(descriptor_) != 0) Fail(errno);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) Fail(errno);
  }
  close(std::exchange(descriptor_, -1));
}

void CheckWritable(const std::filesystem::path& path) {
  // A pipe is not opened: its reader would take that for the whole.
  if (!IsNoFile(path)) {
    const WrittenFile probe(path, AtPlace::kFollowed);
  } else if (access(path.c_str(), W_OK) != 0) {
    throw Error(ErrorKind::kOutput,
                fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  }
}

}  // namespace cellar

#include "runner/review/api/spooled_answer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

constexpr std::size_t kMostInMemory = 1024 * 1024;
constexpr std::size_t kSpoolPiece = 256 * 1024;

[[noreturn]] void Fail(const char* what) {
  throw Error(ErrorKind::kStore,
              fmt::format("the answer cannot be put together: {}: {}", what, std::strerror(errno)));
}

class Spool : public AnswerStream {
 public:
  void Take(std::string_view text) {
    if (file_ == nullptr && head_.size() + text.size() <= kMostInMemory) {
      head_ += text;
      return;
    }
    if (file_ == nullptr) Begin();
    Write(text);
  }

  bool IsShort() const { return file_ == nullptr; }
  std::string TakeHead() { return std::move(head_); }

  /// Nothing more is taken.
  void Rewind() {
    if (std::fflush(file_.get()) != 0) Fail("its temporary file");
    std::rewind(file_.get());
  }

  std::string Next() override {
    std::string piece(kSpoolPiece, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
    if (std::ferror(file_.get()) != 0) Fail("its temporary file");
    ended_ = piece.size() < kSpoolPiece;
    return piece;
  }
  bool ended() const override { return ended_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void Begin() {
    file_.reset(std::tmpfile());
    if (file_ == nullptr) Fail("no temporary file can be made");
    Write(std::exchange(head_, {}));
  }

  void Write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) {
      Fail("its temporary file");
    }
  }

  std::string head_;
  std::unique_ptr<std::FILE, Closer> file_;
  bool ended_ = false;
};

}  // namespace

ApiAnswer SpooledAnswer(std::string content_type,
                        const std::function<void(const TextSink& sink)>& write) {
  auto spool = std::make_shared<Spool>();
  write([&](std::string_view text) { spool->Take(text); });
  ApiAnswer answer;
  answer.content_type = std::move(content_type);
  if (spool->IsShort()) {
    answer.body = spool->TakeHead();
  } else {
    spool->Rewind();
    answer.stream = std::move(spool);
  }
  return answer;
}

}  // namespace cellar

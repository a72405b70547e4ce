#include "store/packing.h"

#include <zstd.h>

#include <memory>
#include <utility>

namespace cellar {
namespace {

constexpr std::size_t kPlainBytes = 4096;
constexpr int kLevel = 1;  // a kernel's output must not wait for us

/// Kept by each thread: to make one takes as long as to unpack a small piece.
ZSTD_DCtx* Context() {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

Packed Pack(std::string_view text) {
  if (text.size() > kPlainBytes) {
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kLevel);
    if (!ZSTD_isError(size) && size < text.size() - text.size() / 8) {
      packed.resize(size);
      packed.shrink_to_fit();
      return {"zstd", std::move(packed)};
    }
  }
  return {"text", std::string(text)};
}

std::optional<std::string> Unpack(std::string_view encoding, std::string data, std::uint64_t size) {
  if (encoding != "zstd")
    return data.size() == size ? std::optional(std::move(data)) : std::nullopt;
  // The frame says itself how large its text is: checked before memory is taken for it.
  if (ZSTD_getFrameContentSize(data.data(), data.size()) != size) return std::nullopt;
  std::string text(size, '\0');
  if (ZSTD_decompressDCtx(Context(), text.data(), size, data.data(), data.size()) != size) {
    return std::nullopt;
  }
  return text;
}

}  // namespace cellar

// The store's file as the file system sees it, before SQLite touches it: is it there, is it ours,
// is there space; and its ballast, a file whose space is given back when the disk is full.
#pragma once

#include <filesystem>

namespace cellar {

enum class FileState {
  kEmpty,       // no bytes: may be made a store
  kUnfinished,  // its making was interrupted, or it is a copy that is not in WAL mode
  kReady,
};

/// What a file that is another program's is refused with.
[[noreturn]] void FailForeign(const std::filesystem::path& file);

/// Makes the folder (0700) and an empty file (0600, whatever the umask) where there are none. A
/// file of no bytes is ours to use: no program's data is lost by it.
void MakeStoreFile(const std::filesystem::path& file);

/// Throws Error (kStore) when the file or its folder cannot be written.
void RequireWritable(const std::filesystem::path& file);

/// Throws Error (kStore) when there is no file, it is no file, or it is not ours. With an
/// unfinished transaction beside it (a `-journal`) only SQLite can tell: then it is kUnfinished.
FileState CheckStoreFile(const std::filesystem::path& file);

/// On a full disk SQLite 3.40 ends the process with SIGBUS when it opens a store in WAL mode (the
/// `-shm` file is mapped). Throws Error (kStoreFull) below what is needed to open; before that
/// `free_ballast` gives the ballast back.
void RequireSpace(const std::filesystem::path& file, bool free_ballast);

/// 1 MiB, really allocated, in `<store>.ballast`; not made when the disk is nearly full.
void MakeBallast(const std::filesystem::path& file);
void FreeBallast(const std::filesystem::path& file);

}  // namespace cellar

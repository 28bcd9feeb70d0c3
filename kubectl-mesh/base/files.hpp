#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mesh {

/// Whole content, at most `limit` bytes. Throws Failure("invalid-input") naming the path and what
/// is wrong: missing, a directory, not readable, too large.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = 1U << 20U);

/// All of it, however many writes that takes. Answers with errno; 0: it is written.
int write_all(int descriptor, std::string_view data);

/// The same file under a number above those that a child gets, so that a copy for it never takes
/// the place of the next source; `descriptor` is closed. Negative, with errno: there is none.
int raised(int descriptor);

enum class Replace { no, yes };

/// Writes a private file so that after a crash it is there whole or not at all: a 0600 temporary
/// beside it (O_EXCL, O_NOFOLLOW), fsync, rename or link, fsync of the 0700 folder, which is made
/// if needed. Throws Failure with errno's words, "invalid-input" or, for a full or broken disk,
/// "failed"; the temporary is gone then.
void write_private_file(const std::filesystem::path& path, std::string_view data, Replace replace);

/// nullopt if it is not there. Refuses what is not a regular file of ours or is open to others.
std::optional<std::string> read_private_file(const std::filesystem::path& path,
                                             std::uint64_t limit = 1U << 20U);

}  // namespace mesh

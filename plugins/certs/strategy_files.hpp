#pragma once

#include <string>

namespace mesh::certs {

/// A file that the operator named: at most 1 MiB, CRLF becomes LF. Throws Failure("invalid-input")
/// that says whether it is missing, a folder, unreadable or too large.
std::string read_small_file(const std::string& path);
std::string first_line(const std::string& text);

}  // namespace mesh::certs

#pragma once

#include <string>

namespace mesh {

/// Asks on the terminal itself with the echo off: stdin and stdout may be pipes. Throws
/// Failure("usage") if there is none, Failure("cancelled") if nothing was answered.
std::string ask_secret(const std::string& question);

}  // namespace mesh

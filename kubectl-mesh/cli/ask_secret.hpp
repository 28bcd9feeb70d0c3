#pragma once

#include <string>

#include "mesh/host.hpp"

namespace mesh {

/// Asks on the terminal itself with the echo off: stdin and stdout may be pipes. Throws
/// Failure("usage") if there is none, Failure("cancelled") if nothing was answered.
std::string ask_secret(const SecretQuestion& asked);

}  // namespace mesh

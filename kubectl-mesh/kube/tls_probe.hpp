#pragma once

#include <string>
#include <vector>

#include "base/cancel.hpp"

namespace mesh {

/// The chain, in PEM, that the server at `address` shows for `server_name` (SNI) and the protocol
/// `alpn` (empty: none is offered), in a handshake without a client certificate. The server may
/// well end it after that: seeing the chain is all that is wanted, and nothing is trusted. Empty:
/// the connection was ended before a certificate came. Throws Failure("unreachable"/"deadline") if
/// no connection comes about.
std::vector<std::string> probe_tls(const std::string& address, int port,
                                   const std::string& server_name, const std::string& alpn,
                                   Deadline deadline);

}  // namespace mesh

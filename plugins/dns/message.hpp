#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// DNS messages on the wire. The one file that knows ldns is message.cpp.

namespace mesh::dns {

enum class Record { a, aaaa };

/// A recursive query. Throws Failure("internal") if the name is none.
std::string query(const std::string& name, Record record, std::uint16_t id);

struct Reply {
  std::uint16_t id = 0;
  std::string code;                    ///< "NOERROR", "NXDOMAIN", "SERVFAIL", ...
  std::vector<std::string> addresses;  ///< of the kind that was asked for, sorted
};

/// Throws Failure("invalid-document") on bytes that are no answer to anything.
Reply read_reply(std::string_view bytes);

}  // namespace mesh::dns

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// `stubDomains` of ConfigMap kube-system/kube-dns: a JSON object, domain -> name servers. One
// member is set or taken out; the rest of the text stays as it is, byte for byte.

namespace mesh::dns {

/// The servers of a domain; nothing if it has no stub. Throws Failure("refused") if the text is
/// not what kube-dns reads, as with_stub and without_stub do.
std::optional<std::vector<std::string>> stub_of(std::string_view text, const std::string& domain);

/// `text` absent: the key `stubDomains` is not there.
std::string with_stub(const std::optional<std::string>& text, const std::string& domain,
                      const std::string& server);
/// Nothing: the key was not there before with_stub, so it goes.
std::optional<std::string> without_stub(std::string_view text, const std::string& domain);

}  // namespace mesh::dns

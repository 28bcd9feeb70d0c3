#pragma once

#include <string>
#include <vector>

namespace mesh {

/// Returns why a chain in PEM, the server's own certificate first, does not verify to one of the
/// roots in PEM at this moment; "" if it does. No name is checked: a workload of the mesh has a
/// SPIFFE ID and no host name.
std::string chain_fault(const std::vector<std::string>& chain, const std::string& roots);

}  // namespace mesh

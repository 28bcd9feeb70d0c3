#include "message.hpp"

#include <algorithm>
#include <cstdlib>
#include <ldns/ldns.h>
#include <memory>

#include "mesh/free_with.hpp"
#include "mesh/problem.hpp"

namespace mesh::dns {

namespace {

using Packet = std::unique_ptr<ldns_pkt, FreeWith<ldns_pkt_free>>;
using Name = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using Text = std::unique_ptr<char, FreeWith<std::free>>;
using Bytes = std::unique_ptr<std::uint8_t, FreeWith<std::free>>;

std::string code_of(const ldns_pkt* packet) {
  const Text text(ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet)));
  return text ? text.get() : "";
}

}  // namespace

std::string query(const std::string& name, Record record, std::uint16_t id) {
  Name owner(ldns_dname_new_frm_str((name + ".").c_str()));
  const ldns_rr_type type = record == Record::a ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA;
  // The packet owns the name from then on.
  const Packet packet(owner ? ldns_pkt_query_new(owner.release(), type, LDNS_RR_CLASS_IN, LDNS_RD)
                            : nullptr);
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  if (packet) ldns_pkt_set_id(packet.get(), id);
  const bool made = packet && ldns_pkt2wire(&wire, packet.get(), &size) == LDNS_STATUS_OK;
  const Bytes owned(wire);
  if (!made) throw Failure("internal", "\"" + name + "\" cannot be asked for: it is no DNS name");
  return {reinterpret_cast<const char*>(owned.get()), size};
}

Reply read_reply(std::string_view bytes) {
  ldns_pkt* parsed = nullptr;
  const ldns_status status =
      ldns_wire2pkt(&parsed, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const Packet packet(status == LDNS_STATUS_OK ? parsed : nullptr);
  if (!packet || !ldns_pkt_qr(packet.get()))
    throw Failure("invalid-document", "what came back is no answer in DNS");
  Reply reply{.id = ldns_pkt_id(packet.get()), .code = code_of(packet.get()), .addresses = {}};
  const ldns_rr_list* answers = ldns_pkt_answer(packet.get());
  for (std::size_t at = 0; at < ldns_rr_list_rr_count(answers); ++at) {
    const ldns_rr* answer = ldns_rr_list_rr(answers, at);
    const ldns_rr_type type = ldns_rr_get_type(answer);
    if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA) continue;
    const Text text(ldns_rdf2str(ldns_rr_rdf(answer, 0)));
    if (text) reply.addresses.emplace_back(text.get());
  }
  std::sort(reply.addresses.begin(), reply.addresses.end());
  return reply;
}

}  // namespace mesh::dns

#pragma once

#include "run/session.hpp"

#include "plan/consent.hpp"

namespace mesh {

/// Asks the operator whether the plan, which is printed already, is to be applied to these
/// clusters: each with its server and its UID, since a context's name says little. Throws
/// Failure("declined"), or Failure("usage") if nobody can be asked.
void confirm_plan(Session& session, const Identities& identities);

/// What a later part of the run writes beyond what was shown and announced: `text` shows it and the
/// operator is asked again, or, with --yes, it is refused. Throws Failure.
void confirm_more(Session& session, const std::string& concern, const std::vector<Step>& more,
                  const std::string& text);

}  // namespace mesh

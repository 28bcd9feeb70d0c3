#pragma once

namespace mesh {

/// Drops all capabilities of this process, for good, and what programs could gain again. Being root
/// is then no more than owning root's files.
void drop_privileges();

/// Limits what this process may use up: memory, descriptors, tasks, files, queues of messages.
void limit_resources();

}  // namespace mesh

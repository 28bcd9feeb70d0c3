/* The manifest that the deliberately bad plugins carry inside and tests write beside them. */
#define BAD_MANIFEST                                                              \
  "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"bad\"," \
  "\"version\":\"1.0.0\",\"abi\":{\"major\":1,\"minor\":0},"                      \
  "\"provides\":[{\"point\":\"test/1\",\"name\":\"bad\",\"verbs\":["              \
  "{\"name\":\"waits-for-its-timeout\",\"timeoutSeconds\":1},"                    \
  "{\"name\":\"outstays-its-timeout\",\"timeoutSeconds\":1}]}]}"

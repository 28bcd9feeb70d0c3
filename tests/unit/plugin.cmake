add_subdirectory(${PROJECT_SOURCE_DIR}/tests/abi abi)
mesh_unit_test(plugin mesh_plugin
  unit/test_plugin_bytes.cpp
  unit/test_plugin_catalogue.cpp
  unit/test_plugin_concern_order.cpp
  unit/test_plugin_corp_ca.cpp
  unit/test_plugin_faults.cpp
  unit/test_plugin_frames.cpp
  unit/test_plugin_frozen.cpp
  unit/test_plugin_loader.cpp
  unit/test_plugin_needs.cpp
  unit/test_plugin_recording.cpp
  unit/test_plugin_registry.cpp
  unit/test_plugin_rights.cpp
  unit/test_plugin_sandbox.cpp
  unit/test_plugin_services.cpp
  unit/test_plugin_secret_settings.cpp
  unit/test_plugin_settings.cpp
  unit/test_plugin_signature.cpp
  unit/test_plugin_third_party_text.cpp
  unit/test_plugin_trust.cpp)
add_dependencies(test_plugin abi_plugins corp-ca minimal)
target_link_libraries(test_plugin PRIVATE OpenSSL::Crypto)

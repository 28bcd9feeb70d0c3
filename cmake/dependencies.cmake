# Third-party libraries, all from the distribution. ARCHITECTURE.md says what each is for.
find_package(Threads REQUIRED)
# Static where the fast front needs it: every shared object costs a start a tenth of a millisecond.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(OpenSSL 3.0 REQUIRED)
# Its macros would write the path of the file that they stand in into what is shipped: another one for every builder.
target_compile_definitions(OpenSSL::Crypto INTERFACE OPENSSL_NO_FILENAMES)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
# Its package offers the shared library only; the static one beside it cannot go into a shared object of ours.
find_library(YAML_CPP_STATIC libyaml-cpp.a)
set(MESH_YAML_CPP yaml-cpp)
if(YAML_CPP_STATIC AND NOT MESH_SANITIZE)
  set(MESH_YAML_CPP $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,${YAML_CPP_STATIC},yaml-cpp>)
endif()
find_package(nlohmann_json REQUIRED)

find_library(SECCOMP_LIBRARY seccomp REQUIRED)
find_library(SECCOMP_STATIC libseccomp.a)
add_library(mesh_seccomp INTERFACE)
if(SECCOMP_STATIC)
  target_link_libraries(mesh_seccomp INTERFACE $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,${SECCOMP_STATIC},${SECCOMP_LIBRARY}>)
else()
  target_link_libraries(mesh_seccomp INTERFACE ${SECCOMP_LIBRARY})
endif()

# cpprestsdk's own package file drags Boost libraries in that nothing here needs.
find_library(CPPREST_LIBRARY cpprest REQUIRED)
find_path(CPPREST_INCLUDE cpprest/http_client.h REQUIRED)
add_library(cpprest_sdk INTERFACE)
target_include_directories(cpprest_sdk SYSTEM INTERFACE ${CPPREST_INCLUDE})
target_compile_definitions(cpprest_sdk INTERFACE _TURN_OFF_PLATFORM_STRING)
target_link_libraries(cpprest_sdk INTERFACE ${CPPREST_LIBRARY} OpenSSL::SSL OpenSSL::Crypto)

# ldns has no package file that CMake reads.
find_library(LDNS_LIBRARY ldns REQUIRED)
find_path(LDNS_INCLUDE ldns/ldns.h REQUIRED)
add_library(ldns INTERFACE)
target_include_directories(ldns SYSTEM INTERFACE ${LDNS_INCLUDE})
target_link_libraries(ldns INTERFACE ${LDNS_LIBRARY})

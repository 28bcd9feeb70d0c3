find_package(OpenSSL 3 REQUIRED)
link_libraries(OpenSSL::Crypto)

# OpenSSL 3 (Debian: libssl-dev).
PACKAGES += libcrypto
SOURCES += signer.c

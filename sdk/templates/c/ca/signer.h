/* Certificates and keys in PEM. Each text that is returned is new and the caller's to free; NULL:
 * it could not be done. */
#ifndef SIGNER_H
#define SIGNER_H

#include <time.h>

/* A new root certificate and its key. */
char* make_root(const char* name, time_t now, long days);

/* The certificate alone, of a root with its key. */
char* certificate_in(const char* root);

/* The intermediate's certificate for a request: its subject, names and key, our profile. It ends
 * after `days`, and never after the root. */
char* sign(const char* root, const char* request, time_t now, long days);

/* Whether the request is signed with its own key. */
int is_signed(const char* request);

#endif

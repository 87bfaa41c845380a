/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about certificates share. */
#ifndef WAYBILL_CERTIFICATE_PRIVATE_H
#define WAYBILL_CERTIFICATE_PRIVATE_H

#include "keys/key_private.h"

#include <openssl/x509v3.h>

#define WB_CERTIFICATE_COUNT_MAX 16

struct wb_certificates {
    X509 *items[WB_CERTIFICATE_COUNT_MAX];
    size_t count;
};

/* The subject in RFC 2253 form, UTF-8 and printable; in `arena`. */
const char *wb_certificate_name(struct wb_arena *arena, const X509_NAME *name);
/* Seconds since 1970; false when the time is malformed. */
bool wb_certificate_time(const ASN1_TIME *time, int64_t *seconds) WB_MUST_CHECK;

#endif

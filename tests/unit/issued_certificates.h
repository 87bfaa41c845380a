/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made for a test, good ones and bad ones. */
#ifndef WAYBILL_TEST_ISSUED_CERTIFICATES_H
#define WAYBILL_TEST_ISSUED_CERTIFICATES_H

#include "keys/keys.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400
#define NOW ((int64_t)1750000000)

/* Names and values as openssl.cnf has them. */
struct extension {
    const char *oid; /* a short name or an OID in digits, whose value is then the bytes */
    const char *value;
};

/* A certificate with its key. */
struct issued {
    X509 *certificate;
    EVP_PKEY *pkey;
};

struct order {
    const char *name;
    const struct issued *issuer; /* NULL: itself */
    int64_t not_before;          /* days from NOW; both 0: ten days before and after */
    int64_t not_after;
    struct extension extensions[8];
    const char *digest; /* NULL: SHA-256 */
    const char *curve;  /* NULL: P-256 */
    bool version_1;
};
struct issued issue(struct order order);
void discard(struct issued *issued);

/* Extensions for an order. */
#define CA                                                                                         \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }
#define LEAF                                                                                       \
    {"basicConstraints", "critical,CA:FALSE"},                                                     \
    {                                                                                              \
        "keyUsage", "critical,digitalSignature"                                                    \
    }
#define SIGNER                                                                                     \
    LEAF,                                                                                          \
    {                                                                                              \
        "extendedKeyUsage", "codeSigning"                                                          \
    }
#define STAMPER                                                                                    \
    LEAF,                                                                                          \
    {                                                                                              \
        "extendedKeyUsage", "critical,timeStamping"                                                \
    }

/* Adds it to a list. */
void add(struct wb_certificates **list, const struct issued *issued);
/* Checks leaf, then the others up to NULL, all presented by the signer. */
bool check_path(const struct issued *root, enum wb_certificate_purpose purpose,
                const struct wb_bytes *crl, struct wb_error *err, const struct issued *leaf, ...);
/* WB_CHECK_FAILED, and the message says why. */
void assert_says(bool good, const struct wb_error *err, const char *reason);

#endif

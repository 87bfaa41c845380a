/* SPDX-License-Identifier: Apache-2.0 */
/* Signers with certificates of a small PKI, a timestamp authority, and a verifier that trusts its
 * root: for the tests of signing with certificates. */
#ifndef WAYBILL_TEST_CERTIFIED_SIGNER_H
#define WAYBILL_TEST_CERTIFIED_SIGNER_H

#include "sign/sign.h"
#include "tests/unit/issued_certificates.h"
#include "verify/verify.h"

#define WHO "release@example.test"

/* ---- the authorities, made once by a group's set-up ---- */

enum certified {
    CERTIFIED_LEAF,
    CERTIFIED_EXPIRED,
    CERTIFIED_STRANGER,
    CERTIFIED_WRONG_USE,
    CERTIFIED
};
extern struct wb_key *certified_keys[CERTIFIED];
int make_authorities(void **state);
int discard_authorities(void **state);

/* ---- a timestamp authority ---- */

struct stamper {
    int64_t time;
    bool other_bytes; /* stamps something else */
};
/* For wb_signer.timestamp; `data` is the stamper. */
bool stamp(void *data, struct wb_bytes signature, struct wb_buffer *response, struct wb_error *err);

/* ---- a file that is signed and verified ---- */

extern const struct wb_verify_content signed_file;

struct scene {
    struct wb_certificates *roots, *middle, *presented;
    struct wb_verify_demands demands;
    struct wb_signer signer;
};
/* A signer with one key and another's certificate, or the same one's. */
struct scene begin(enum certified key, enum certified certificate);
void end(struct scene *scene);
void sign_file(const struct scene *scene, struct wb_buffer *bundle);
/* `reason` NULL: it must verify. */
void check_file(const struct scene *scene, const struct wb_buffer *bundle, enum wb_status status,
                const char *reason);

#endif

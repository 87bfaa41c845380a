/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of signing and verifying together have in common: keys, a layout in memory whose
 * blobs can be changed at will, signing it and verifying it. */
#ifndef WAYBILL_TEST_SIGNED_LAYOUT_H
#define WAYBILL_TEST_SIGNED_LAYOUT_H

#include "image/layout_private.h"
#include "sign/sign.h"
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define SLSA "https://slsa.dev/provenance/v1"
#define BOTH (WB_FORM_BUNDLE | WB_FORM_LEGACY)

/* ---- keys, made once by a group's set-up ---- */

enum { P256, P384, P521, RSA, ED25519, KEYS };
extern struct wb_key *keys[KEYS], *stranger;
int make_keys(void **state);
int free_keys(void **state);

/* ---- a layout in memory ---- */

struct memory_blob {
    struct wb_digest digest;
    struct wb_buffer content;
};
struct memory {
    struct memory_blob blobs[64];
    size_t count;
    struct wb_buffer index;
};
struct memory_blob *find_blob(struct memory *memory, const struct wb_digest *digest);
struct wb_layout *open_layout(struct memory *memory, const char *digest);
void memory_clear(struct memory *memory);
/* Drops what was added since. */
void memory_rewind(struct memory *memory, size_t count, const char *index);
struct wb_digest add_text(struct wb_layout *layout, const char *text);
/* Adds an image with a config and a layer; gives the digest of its manifest. */
struct wb_digest add_image(struct wb_layout *layout, const char *note);
/* A layout with one image. */
struct wb_layout *one_image(struct memory *memory);
const struct wb_descriptor *target_of(struct wb_layout *layout);

/* ---- signing and verifying ---- */

void sign(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
          unsigned forms);
void attest(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
            unsigned forms);

/* What a verification came to. */
struct verdict {
    bool good;
    struct wb_error err;
    size_t proofs, refusals, blobs;
    char form[32];
};
struct verdict conclude(bool good, const struct wb_verify_report *report,
                        const struct wb_error *err);
struct verdict verify_with(struct wb_layout *layout, bool attestations,
                           const struct wb_verify_demands *demands);
struct verdict verify(struct wb_layout *layout, bool attestations, struct wb_key *key);
void assert_good(struct verdict verdict, size_t proofs);
void assert_refused(struct verdict verdict, const char *reason);

#endif

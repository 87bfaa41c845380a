/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what was revoked. */
#include "verify/policy_private.h"

#include <string.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define DEPTH_MAX 4
#define LOOKS_MAX 10000

static bool names_certificate(const struct wb_policy_revoked *revoked,
                              const struct wb_proof_certificate *certificate)
{
    switch (revoked->kind) {
    case WB_REVOKED_KEY:
        return strcmp(revoked->value, certificate->key_id) == 0;
    case WB_REVOKED_CERTIFICATE:
        return strcmp(revoked->value, certificate->fingerprint) == 0;
    case WB_REVOKED_SERIAL:
        return strcmp(revoked->value, certificate->serial) == 0;
    default:
        return false;
    }
}

static bool names_signer(const struct wb_policy_revoked *revoked, const struct wb_proof *proof)
{
    if (revoked->kind == WB_REVOKED_KEY && proof->key_id != NULL &&
        strcmp(revoked->value, proof->key_id) == 0)
        return true;
    for (size_t i = 0; i < proof->certificate_count; i++)
        if (names_certificate(revoked, &proof->certificates[i]))
            return true;
    return false;
}

const struct wb_policy_revoked *wb_policy_revokes(const struct wb_policy *policy,
                                                  const struct wb_proof *proof)
{
    for (size_t i = 0; i < policy->revoked_count; i++) {
        const struct wb_policy_revoked *revoked = &policy->revoked[i];
        /* Only a time that somebody else certified says that it was made before. */
        bool before = revoked->has_since && proof->has_time && proof->time < revoked->since;
        if (!before && names_signer(revoked, proof))
            return revoked;
    }
    return NULL;
}

const struct wb_policy_revoked *wb_policy_revokes_digest(const struct wb_policy *policy,
                                                         const struct wb_digest *digest)
{
    for (size_t i = 0; i < policy->revoked_count; i++)
        if (policy->revoked[i].kind == WB_REVOKED_DIGEST &&
            wb_digest_equal(&policy->revoked[i].digest, digest))
            return &policy->revoked[i];
    return NULL;
}

/* ---- what is below an image ---- */

struct walk {
    const struct wb_policy *policy;
    struct wb_layout *layout;
    const char *object;
    struct wb_outcomes *outcomes;
    unsigned looks;
};

static void look_at(struct walk *walk, const struct wb_digest *digest, const char *what,
                    unsigned depth);

static void look_at_descriptor(struct walk *walk, const json_t *descriptor, const char *what,
                               unsigned depth)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    if (text != NULL && wb_digest_parse(text, &digest, NULL))
        look_at(walk, &digest, what, depth);
}

static void look_below(struct walk *walk, const json_t *document, unsigned depth)
{
    const json_t *manifests = wb_json_array_of(document, "manifests");
    const json_t *layers = wb_json_array_of(document, "layers");
    look_at_descriptor(walk, wb_json_object_of(document, "config"), "the config", DEPTH_MAX);
    for (size_t i = 0; i < json_array_size(layers); i++)
        look_at_descriptor(walk, json_array_get(layers, i), "a layer", DEPTH_MAX);
    for (size_t i = 0; i < json_array_size(manifests); i++)
        look_at_descriptor(walk, json_array_get(manifests, i), "a manifest", depth + 1);
}

/* What cannot be read is said by those who check the blobs. */
static void look_at(struct walk *walk, const struct wb_digest *digest, const char *what,
                    unsigned depth)
{
    const struct wb_policy_revoked *revoked = wb_policy_revokes_digest(walk->policy, digest);
    if (revoked != NULL)
        wb_outcome_add(walk->outcomes, "E-DIGEST-REVOKED", walk->object, "%s, %s, was revoked%s%s",
                       what, revoked->value, revoked->reason == NULL ? "" : ": ",
                       revoked->reason == NULL ? "" : revoked->reason);
    if (depth >= DEPTH_MAX)
        return;
    if (walk->looks == 0) {
        wb_outcome_add(walk->outcomes, "E-DIGEST-REVOKED", walk->object,
                       "it has too many manifests to look for what was revoked");
        return;
    }
    walk->looks--;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(walk->layout, digest, MANIFEST_SIZE_MAX, &content, NULL))
        return;
    WB_AUTO_JSON document = wb_json_parse(wb_buffer_bytes(&content), NULL);
    look_below(walk, document, depth);
}

void wb_policy_check_revoked_below(const struct wb_policy *policy, struct wb_layout *layout,
                                   const struct wb_digest *digest, const char *object,
                                   struct wb_outcomes *outcomes)
{
    bool any = false;
    for (size_t i = 0; i < policy->revoked_count; i++)
        any = any || policy->revoked[i].kind == WB_REVOKED_DIGEST;
    struct walk walk = {policy, layout, object, outcomes, LOOKS_MAX};
    if (any)
        look_at(&walk, digest, "the image", 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every code that a verification can end with. */
#include "verify/verify.h"

static const struct wb_outcome_code codes[] = {
    {"E-INVENTORY-MISSING", "the delivery has no inventory, and the policy wants one"},
    {"E-INVENTORY-MALFORMED", "the inventory is not one, or contradicts itself"},
    {"E-INVENTORY-CONFLICT", "there are two inventories that differ"},
    {"E-INVENTORY-SIGNATURE", "the inventory is not signed by whom the policy wants"},
    {"E-INDEX", "index.json or manifest.json does not list what the inventory says"},
    {"E-MANIFEST", "a manifest or index is not one, or could be read in two ways"},
    {"E-MISSING-BLOB", "a blob of the inventory, or one that a manifest names, is not there"},
    {"E-MISSING-VOLUME", "a volume of the delivery is not there"},
    {"E-MISSING-BASE", "the delivery builds on another one that is not there"},
    {"E-MISSING-SIGNATURE", "an image has no signature, and must have one"},
    {"E-MISSING-ATTESTATION", "an attestation that is expected or demanded is not there"},
    {"E-MISSING-FILE", "a release file of the inventory is not there"},
    {"E-DIGEST", "bytes are not those that were signed"},
    {"E-SIZE", "a blob is longer or shorter than was signed"},
    {"E-TRUNCATED", "the delivery ends before its end"},
    {"E-ORPHAN", "something is there that the inventory does not list, or that nothing names"},
    {"E-SIGNATURE", "no signature of an image holds that the policy wants"},
    {"E-ATTESTATION", "an attestation is there, but does not hold, or not for whom it must"},
    {"E-CONDITION", "an attestation does not say what the policy demands"},
    {"E-NO-RULE", "no rule of the policy is about this image"},
    {"E-KEY-REVOKED", "the key or certificate that signed was revoked"},
    {"E-DIGEST-REVOKED", "the image, blob or file was revoked"},
    {"E-KEY-VALIDITY", "the key was not to be used at the time it signed"},
    {"E-DELIVERY-NAME", "the delivery is not the one that the policy is for"},
    {"E-EXPIRED", "the delivery, the policy or the trust kit has expired"},
    {"E-TOO-OLD", "the delivery was issued before what the policy accepts"},
    {"E-REPLAY", "the delivery is older than one that was accepted before"},
    {"E-TRUST-KIT", "the trust kit does not hold, or does not follow the one that is trusted"},
    {"E-SBOM", "an SBOM cannot be compared with its image"},
    {"E-SBOM-FILE-MISSING", "the SBOM names a file that the image does not have"},
    {"E-SBOM-FILE-CHANGED", "a file in the image is not the one that the SBOM names"},
    {"E-SBOM-PACKAGE-MISSING", "the SBOM names a package that the image does not have"},
    {"E-SBOM-PACKAGE-ADDED", "the image has a package that the SBOM does not name"},
    {"E-SBOM-PACKAGE-CHANGED", "the image has another version of a package than the SBOM names"},
    {"W-CLOCK-BEFORE-ISSUE", "the clock here is before the time of issue: expiry says little"},
    {"W-EXPIRES-SOON", "the delivery or the trust kit expires within the policy's warning time"},
    {"W-NO-INVENTORY", "there is no inventory, so nobody can tell whether something was left out"},
    {"W-ORPHAN", "a blob that no manifest names"},
    {"W-MISSING-VOLUME", "a volume is not there, which was allowed: its content was not checked"},
    {"W-UNSIGNED", "an image is not signed, which the policy allows"},
    {"W-UNSUPPORTED", "something was not looked at because it is of a kind not known here"},
    {"W-TRUST-KIT-AGE", "the trust kit is older than the policy's warning time"},
};

const struct wb_outcome_code *wb_outcome_codes(size_t *count)
{
    *count = sizeof codes / sizeof codes[0];
    return codes;
}

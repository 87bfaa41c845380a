/* SPDX-License-Identifier: Apache-2.0 */
/* Inclusion proofs in Merkle trees (RFC 9162 §2.1, the same hashing as RFC 6962). */
#include "verify/log_private.h"

#include <string.h>

/* Leaves and inner nodes are hashed apart, so that neither can be taken for the other. */
enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

static void hash_leaf(struct wb_hasher *hasher, struct wb_bytes leaf, struct wb_digest *digest)
{
    const uint8_t prefix = LEAF_PREFIX;
    wb_hasher_update(hasher, &prefix, 1);
    wb_hasher_update(hasher, leaf.data, leaf.size);
    wb_hasher_finish(hasher, digest);
}

static void hash_node(struct wb_hasher *hasher, const uint8_t *left, const uint8_t *right,
                      struct wb_digest *digest)
{
    const uint8_t prefix = NODE_PREFIX;
    wb_hasher_update(hasher, &prefix, 1);
    wb_hasher_update(hasher, left, WB_HASH_SIZE);
    wb_hasher_update(hasher, right, WB_HASH_SIZE);
    wb_hasher_finish(hasher, digest);
}

/* RFC 9162 §2.1.3.2; the names are the ones used there. */
bool wb_merkle_proves(struct wb_bytes leaf, uint64_t index, uint64_t size,
                      const uint8_t (*path)[WB_HASH_SIZE], size_t path_size,
                      const uint8_t root[WB_HASH_SIZE], struct wb_error *err)
{
    if (index >= size)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "inclusion proof: entry %llu of a log of %llu entries",
                            (unsigned long long)index, (unsigned long long)size);
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(WB_DIGEST_SHA256, err);
    if (hasher == NULL)
        return false;
    struct wb_digest r;
    hash_leaf(hasher, leaf, &r);
    uint64_t fn = index, sn = size - 1;
    for (size_t i = 0; i < path_size; i++) {
        if (sn == 0)
            return wb_error_set(err, WB_CHECK_FAILED, "inclusion proof: too many hashes");
        if ((fn & 1) != 0 || fn == sn) {
            hash_node(hasher, path[i], r.bytes, &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            hash_node(hasher, r.bytes, path[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "inclusion proof: too few hashes");
    return memcmp(r.bytes, root, WB_HASH_SIZE) == 0 ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "inclusion proof: it does not lead to the root hash of the log");
}

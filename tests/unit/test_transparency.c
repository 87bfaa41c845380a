/* SPDX-License-Identifier: Apache-2.0 */
/* Merkle trees and checkpoints, on their own: every place in trees of many sizes, and every way in
 * which a note can be none. (tests/cli/test_keyless.py tests them in bundles.) */
#include "verify/log_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LEAVES_MAX 20

/* ---- Merkle trees ---- */

/* The inputs of RFC 6962's reference implementation; their tree's root is known. */
static const char *const reference_leaves[] = {"",
                                               "00",
                                               "10",
                                               "2021",
                                               "3031",
                                               "40414243",
                                               "5051525354555657",
                                               "606162636465666768696a6b6c6d6e6f"};
static const char reference_root[] =
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";

static struct wb_bytes leaf_of(size_t index, uint8_t bytes[16])
{
    size_t size = 1;
    bytes[0] = (uint8_t)(index + 64);
    if (index < 8) {
        size = strlen(reference_leaves[index]) / 2;
        assert_true(wb_hex_parse(reference_leaves[index], bytes, size));
    }
    return (struct wb_bytes){bytes, size};
}

static void hash(const void *prefix, struct wb_bytes left, struct wb_bytes right,
                 uint8_t result[WB_HASH_SIZE])
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(WB_DIGEST_SHA256, &err);
    struct wb_digest digest;
    wb_hasher_update(hasher, prefix, 1);
    wb_hasher_update(hasher, left.data, left.size);
    wb_hasher_update(hasher, right.data, right.size);
    wb_hasher_finish(hasher, &digest);
    memcpy(result, digest.bytes, WB_HASH_SIZE);
}

/* The definition itself (RFC 9162 §2.1.1), and with it the path to `index` (§2.1.3.1). */
static void grow(size_t from, size_t to, size_t index, uint8_t root[WB_HASH_SIZE],
                 uint8_t (*path)[WB_HASH_SIZE], size_t *path_size)
{
    if (to - from == 1) {
        uint8_t bytes[16];
        static const uint8_t nothing;
        hash("\0", leaf_of(from, bytes), (struct wb_bytes){&nothing, 0}, root);
        return;
    }
    size_t split = 1;
    while (split * 2 < to - from)
        split *= 2;
    uint8_t left[WB_HASH_SIZE], right[WB_HASH_SIZE];
    bool is_left = index < from + split;
    grow(from, from + split, index, left, path, path_size);
    grow(from + split, to, index, right, path, path_size);
    hash("\1", (struct wb_bytes){left, WB_HASH_SIZE}, (struct wb_bytes){right, WB_HASH_SIZE}, root);
    if (index >= from && index < to)
        memcpy(path[(*path_size)++], is_left ? right : left, WB_HASH_SIZE);
}

struct tree {
    size_t index, size, path_size;
    uint8_t root[WB_HASH_SIZE], path[WB_PROOF_HASHES_MAX][WB_HASH_SIZE], leaf_bytes[16];
    struct wb_bytes leaf;
};

static void plant(struct tree *tree, size_t index, size_t size)
{
    *tree = (struct tree){.index = index, .size = size};
    grow(0, size, index, tree->root, tree->path, &tree->path_size);
    tree->leaf = leaf_of(index, tree->leaf_bytes);
}

static bool proves(const struct tree *tree)
{
    struct wb_error err = WB_ERROR_INIT;
    bool good = wb_merkle_proves(tree->leaf, tree->index, tree->size,
                                 (const uint8_t(*)[WB_HASH_SIZE])tree->path, tree->path_size,
                                 tree->root, &err);
    assert_int_equal(err.status, good ? WB_OK : WB_CHECK_FAILED);
    return good;
}

static void the_reference_tree_has_its_root(void **state)
{
    (void)state;
    struct tree tree;
    plant(&tree, 3, 8);
    char text[2 * WB_HASH_SIZE + 1];
    assert_string_equal(wb_hex_format(tree.root, WB_HASH_SIZE, text), reference_root);
    assert_true(proves(&tree));
}

static void every_place_in_every_tree_is_proved(void **state)
{
    (void)state;
    for (size_t size = 1; size <= LEAVES_MAX; size++)
        for (size_t index = 0; index < size; index++) {
            struct tree tree;
            plant(&tree, index, size);
            assert_true(proves(&tree));
        }
}

static void no_other_place_is_proved(void **state)
{
    (void)state;
    for (size_t size = 2; size <= LEAVES_MAX; size++)
        for (size_t index = 0; index < size; index++)
            for (size_t other = 0; other <= size; other++) {
                struct tree tree;
                plant(&tree, index, size);
                tree.index = other;
                assert_int_equal(proves(&tree), other == index);
            }
}

static void no_changed_proof_is_taken(void **state)
{
    (void)state;
    struct tree tree;
    plant(&tree, 5, 13);
    for (size_t i = 0; i < tree.path_size; i++) {
        tree.path[i][i] ^= 1;
        assert_false(proves(&tree));
        tree.path[i][i] ^= 1;
    }
    tree.path_size--;
    assert_false(proves(&tree));
    tree.path_size += 2;
    assert_false(proves(&tree));
    tree.path_size--;
    assert_true(proves(&tree));
    tree.size = UINT64_MAX;
    assert_false(proves(&tree));
    tree.size = 0;
    assert_false(proves(&tree));
}

/* An inner node must not pass for a leaf. */
static void a_node_is_no_leaf(void **state)
{
    (void)state;
    struct tree tree, half;
    plant(&tree, 0, 2);
    plant(&half, 1, 2);
    uint8_t node[2 * WB_HASH_SIZE];
    memcpy(node, half.path[0], WB_HASH_SIZE);
    memcpy(node + WB_HASH_SIZE, tree.path[0], WB_HASH_SIZE);
    tree.leaf = (struct wb_bytes){node, sizeof node};
    tree.size = 1;
    tree.index = 0;
    tree.path_size = 0;
    assert_false(proves(&tree));
}

/* ---- checkpoints ---- */

#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SIGNED "\n\xe2\x80\x94 log AQIDBAU=\n"

static bool reads(const char *note, struct wb_checkpoint *checkpoint, struct wb_arena *arena,
                  struct wb_error *err)
{
    *err = (struct wb_error)WB_ERROR_INIT;
    return wb_checkpoint_read(note, arena, checkpoint, err);
}

static void a_checkpoint_reads(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_checkpoint checkpoint;
    struct wb_error err;
    assert_true(reads("log - 7\n18446744073709551615\n" ROOT "\nmore\n" SIGNED
                      "\xe2\x80\x94 witness/w1 BQYHCAk=\n",
                      &checkpoint, arena, &err));
    assert_string_equal(checkpoint.origin, "log - 7");
    assert_true(checkpoint.tree_size == UINT64_MAX);
    assert_int_equal(checkpoint.text.size,
                     strlen("log - 7\n18446744073709551615\n" ROOT "\nmore\n"));
    assert_int_equal(checkpoint.signature_count, 2);
    assert_string_equal(checkpoint.signatures[1].name, "witness/w1");
    assert_memory_equal(checkpoint.signatures[1].hint, "\5\6\7\10", 4);
    assert_int_equal(checkpoint.signatures[1].signature.size, 1);
}

static void damaged_checkpoints_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n\n",
        "log\n1\n" ROOT "\n",                                        /* no signatures */
        "log\n1\n" ROOT "\n\n",                                      /* none again */
        "log\n1" SIGNED,                                             /* no root hash */
        "\n1\n" ROOT "\n" SIGNED,                                    /* no origin */
        "log\n01\n" ROOT "\n" SIGNED,                                /* another spelling */
        "log\n+1\n" ROOT "\n" SIGNED,                                /* and another */
        "log\n\n" ROOT "\n" SIGNED,                                  /* no size */
        "log\n18446744073709551616\n" ROOT "\n" SIGNED,              /* too large */
        "log\n1\nAAAA\n" SIGNED,                                     /* short root hash */
        "log\n1\n" ROOT "\n\nlog AQIDBAU=\n",                        /* no mark */
        "log\n1\n" ROOT "\n\n\xe2\x80\x94 log AQIDBA==\n",           /* a key id alone */
        "log\n1\n" ROOT "\n\n\xe2\x80\x94  AQIDBAU=\n",              /* no name */
        "log\n1\n" ROOT "\n\n\xe2\x80\x94 log AQIDBAU=",             /* no end */
        "log\n1\n" ROOT "\n" SIGNED "\n\xe2\x80\x94 log AQIDBAU=\n", /* two empty lines */
        "log\r\n1\n" ROOT "\n" SIGNED,                               /* control characters */
        "l\xffg\n1\n" ROOT "\n" SIGNED,                              /* not UTF-8 */
    };
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct wb_checkpoint checkpoint;
        struct wb_error err;
        if (reads(bad[i], &checkpoint, arena, &err))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_tree_has_its_root),
        cmocka_unit_test(every_place_in_every_tree_is_proved),
        cmocka_unit_test(no_other_place_is_proved),
        cmocka_unit_test(no_changed_proof_is_taken),
        cmocka_unit_test(a_node_is_no_leaf),
        cmocka_unit_test(a_checkpoint_reads),
        cmocka_unit_test(damaged_checkpoints_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

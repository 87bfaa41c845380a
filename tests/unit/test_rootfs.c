/* SPDX-License-Identifier: Apache-2.0 */
/* Merging layers: whiteouts, opaque directories, links, symlinked parents, spans. */
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LAYER_MAX 64

/* A layer record written by hand; not from wb_layer_read, so nothing in it is owned. */
struct sample {
    struct wb_layer layer;
    struct wb_entry entries[LAYER_MAX];
};

static struct wb_entry *add(struct sample *sample, enum wb_entry_kind kind, const char *path,
                            const char *target)
{
    sample->layer.entries = sample->entries;
    struct wb_entry *entry = &sample->entries[sample->layer.entry_count++];
    *entry = (struct wb_entry){.path = path, .kind = kind, .link_target = target, .mode = 0644};
    return entry;
}

static struct wb_rootfs *merge(struct sample *samples, size_t count)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_rootfs *rootfs = wb_rootfs_new();
    for (size_t i = 0; i < count; i++)
        if (!wb_rootfs_apply(rootfs, &samples[i].layer, (int)i, &err))
            fail_msg("layer %zu: %s", i, err.message);
    return rootfs;
}

static void assert_span(const struct wb_rootfs *rootfs, const char *path, int introduced,
                        int changed)
{
    const struct wb_node *node = wb_rootfs_lookup(rootfs, path, false);
    if (node == NULL)
        fail_msg("%s is not there", path);
    assert_int_equal(node->span.introduced, introduced);
    assert_int_equal(node->span.changed, changed);
    assert_int_equal(node->span.deleted, -1);
}

static void assert_absent(const struct wb_rootfs *rootfs, const char *path)
{
    if (wb_rootfs_lookup(rootfs, path, false) != NULL)
        fail_msg("%s is there", path);
}

static void whiteout_deletes_lower_content_only(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_DIRECTORY, "a", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/old", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/kept", NULL);
    /* The whiteout comes after the new file of the same name, which stays. */
    add(&samples[1], WB_ENTRY_REGULAR, "a/new", NULL);
    add(&samples[1], WB_ENTRY_WHITEOUT, "a/new", NULL);
    add(&samples[1], WB_ENTRY_WHITEOUT, "a/old", NULL);
    add(&samples[1], WB_ENTRY_WHITEOUT, "a/never-there", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_absent(rootfs, "a/old");
    assert_span(rootfs, "a/new", 1, -1);
    assert_span(rootfs, "a/kept", 0, -1);
    size_t count;
    const struct wb_deleted_node *deleted = wb_rootfs_deleted(rootfs, &count);
    assert_int_equal(count, 1);
    assert_string_equal(deleted[0].path, "a/old");
    assert_int_equal(deleted[0].span.introduced, 0);
    assert_int_equal(deleted[0].span.deleted, 1);
}

static void whiteout_of_a_directory_deletes_what_is_in_it(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "a/b/c/one", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/b/two", NULL);
    add(&samples[1], WB_ENTRY_WHITEOUT, "a/b", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_absent(rootfs, "a/b");
    assert_non_null(wb_rootfs_lookup(rootfs, "/a", false));
    size_t count;
    wb_rootfs_deleted(rootfs, &count);
    assert_int_equal(count, 2);
}

static void opaque_directory_hides_lower_content(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_DIRECTORY, "d", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "d/lower", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "d/sub/lower", NULL);
    add(&samples[1], WB_ENTRY_DIRECTORY, "d", NULL);
    add(&samples[1], WB_ENTRY_REGULAR, "d/upper", NULL);
    add(&samples[1], WB_ENTRY_OPAQUE, "d", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_absent(rootfs, "d/lower");
    assert_absent(rootfs, "d/sub");
    assert_span(rootfs, "d/upper", 1, -1);
    assert_span(rootfs, "d", 0, -1);
}

static void symlinked_parents_lead_to_the_real_directory(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_DIRECTORY, "usr/lib", NULL);
    add(&samples[0], WB_ENTRY_SYMLINK, "lib", "usr/lib");
    add(&samples[0], WB_ENTRY_SYMLINK, "absolute", "/usr/../usr/lib");
    add(&samples[1], WB_ENTRY_REGULAR, "lib/library.so", NULL);
    add(&samples[1], WB_ENTRY_REGULAR, "absolute/other.so", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    struct wb_node *node = wb_rootfs_lookup(rootfs, "usr/lib/library.so", false);
    assert_non_null(node);
    assert_ptr_equal(node, wb_rootfs_lookup(rootfs, "/lib/library.so", true));
    assert_non_null(wb_rootfs_lookup(rootfs, "usr/lib/other.so", false));
    WB_AUTO_VALUE(wb_buffer) path = {0};
    wb_node_path(node, &path);
    assert_string_equal((const char *)path.data, "usr/lib/library.so");
    /* The link itself is still a link. */
    assert_int_equal(wb_rootfs_lookup(rootfs, "lib", false)->entry->kind, WB_ENTRY_SYMLINK);
}

static void symlinks_never_lead_outside(void **state)
{
    (void)state;
    struct sample samples[1] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "etc/passwd", NULL);
    add(&samples[0], WB_ENTRY_SYMLINK, "a/up", "../../../../../etc");
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 1);
    assert_ptr_equal(wb_rootfs_lookup(rootfs, "a/up/passwd", true),
                     wb_rootfs_lookup(rootfs, "etc/passwd", false));
}

static void directory_replaces_symlink(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "real/file", NULL);
    add(&samples[0], WB_ENTRY_SYMLINK, "link", "real");
    add(&samples[1], WB_ENTRY_DIRECTORY, "link", NULL);
    add(&samples[1], WB_ENTRY_REGULAR, "link/own", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_non_null(wb_rootfs_lookup(rootfs, "link/own", false));
    assert_absent(rootfs, "real/own");
    assert_span(rootfs, "link", 0, 1);
}

static void file_replaces_directory(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "d/file", NULL);
    add(&samples[1], WB_ENTRY_REGULAR, "d", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_absent(rootfs, "d/file");
    size_t count;
    assert_string_equal(wb_rootfs_deleted(rootfs, &count)[0].path, "d/file");
}

static void hard_links_share_content_across_layers(void **state)
{
    (void)state;
    struct sample samples[2] = {0};
    struct wb_entry *file = add(&samples[0], WB_ENTRY_REGULAR, "bin/one", NULL);
    file->size = 7;
    add(&samples[1], WB_ENTRY_HARDLINK, "bin/two", "bin/one");
    add(&samples[1], WB_ENTRY_WHITEOUT, "bin/other", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 2);
    assert_ptr_equal(wb_rootfs_lookup(rootfs, "bin/two", false)->entry, file);
    assert_span(rootfs, "bin/two", 1, -1);
}

static void same_content_again_is_no_change(void **state)
{
    (void)state;
    static const struct wb_file_hashes hashes = {.present = WB_FILE_SHA256, .sha256 = {1}};
    static const struct wb_file_hashes others = {.present = WB_FILE_SHA256, .sha256 = {2}};
    struct sample samples[3] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "same", NULL)->hashes = &hashes;
    add(&samples[0], WB_ENTRY_REGULAR, "content", NULL)->hashes = &hashes;
    add(&samples[0], WB_ENTRY_REGULAR, "mode", NULL)->hashes = &hashes;
    struct wb_entry *again = add(&samples[2], WB_ENTRY_REGULAR, "same", NULL);
    again->hashes = &hashes;
    again->mtime = 12345;
    add(&samples[2], WB_ENTRY_REGULAR, "content", NULL)->hashes = &others;
    struct wb_entry *mode = add(&samples[2], WB_ENTRY_REGULAR, "mode", NULL);
    mode->hashes = &hashes;
    mode->mode = 04755;
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 3);
    assert_span(rootfs, "same", 0, -1);
    assert_span(rootfs, "content", 0, 2);
    assert_span(rootfs, "mode", 0, 2);
}

static void assert_refused(struct sample *sample, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    assert_false(wb_rootfs_apply(rootfs, &sample->layer, 0, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
}

static void hostile_layers_are_refused(void **state)
{
    (void)state;
    struct sample loop = {0};
    add(&loop, WB_ENTRY_SYMLINK, "a", "b");
    add(&loop, WB_ENTRY_SYMLINK, "b", "a");
    add(&loop, WB_ENTRY_REGULAR, "a/file", NULL);
    assert_refused(&loop, "loop");
    struct sample dangling = {0};
    add(&dangling, WB_ENTRY_HARDLINK, "two", "one");
    assert_refused(&dangling, "hard link");
    struct sample through_file = {0};
    add(&through_file, WB_ENTRY_REGULAR, "file", NULL);
    add(&through_file, WB_ENTRY_REGULAR, "file/below", NULL);
    assert_refused(&through_file, "not a directory");
    /* Each link doubles the path that has to be walked. */
    struct sample doubling = {0};
    static char targets[30][128];
    static char names[30][8];
    add(&doubling, WB_ENTRY_DIRECTORY, "l0", NULL);
    for (size_t i = 1; i < 30; i++) {
        snprintf(names[i], sizeof names[i], "l%zu", i);
        snprintf(targets[i], sizeof targets[i], "l%zu/../l%zu/..//l%zu", i - 1, i - 1, i - 1);
        add(&doubling, WB_ENTRY_SYMLINK, names[i], targets[i]);
    }
    add(&doubling, WB_ENTRY_REGULAR, "l29/file", NULL);
    assert_refused(&doubling, "loop");
}

static bool collect(void *context, struct wb_node *node, const char *path)
{
    (void)node;
    wb_buffer_append_format(context, "%s\n", path);
    return true;
}

static void walk_is_sorted(void **state)
{
    (void)state;
    struct sample samples[1] = {0};
    add(&samples[0], WB_ENTRY_REGULAR, "b", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/z", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/\xff", NULL);
    add(&samples[0], WB_ENTRY_REGULAR, "a/B", NULL);
    WB_AUTO(wb_rootfs) *rootfs = merge(samples, 1);
    WB_AUTO_VALUE(wb_buffer) paths = {0};
    assert_true(wb_rootfs_walk(rootfs, collect, &paths));
    assert_string_equal((const char *)paths.data, "a\na/B\na/z\na/\xff\nb\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whiteout_deletes_lower_content_only),
        cmocka_unit_test(whiteout_of_a_directory_deletes_what_is_in_it),
        cmocka_unit_test(opaque_directory_hides_lower_content),
        cmocka_unit_test(symlinked_parents_lead_to_the_real_directory),
        cmocka_unit_test(symlinks_never_lead_outside),
        cmocka_unit_test(directory_replaces_symlink),
        cmocka_unit_test(file_replaces_directory),
        cmocka_unit_test(hard_links_share_content_across_layers),
        cmocka_unit_test(same_content_again_is_no_change),
        cmocka_unit_test(hostile_layers_are_refused),
        cmocka_unit_test(walk_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

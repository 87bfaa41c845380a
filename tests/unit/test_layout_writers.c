/* SPDX-License-Identifier: Apache-2.0 */
/* Writers that are killed, and writers at the same time. */
#include "tests/unit/layout_fixture.h"

/* ---- writers that are killed, and writers at the same time ---- */

/* With the commit, after the index; what is added again stays. */

/* Adds entries, each of its own commit, until it is killed or has added `count`. */
static void write_entries(const struct fixture *fixture, const char *who, int count)
{
    for (int i = 0; i < count; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_layout) *layout = open_layout(fixture, "", WB_LAYOUT_WRITE, &err);
        WB_AUTO_STRING text =
            wb_string_format("{\"writer\":\"%s %d\",\"pad\":\"%0*d\"}", who, i, 20000, 0);
        struct wb_descriptor entry = {.media_type = MANIFEST_TYPE, .size = (int64_t)strlen(text)};
        if (layout == NULL ||
            !wb_layout_add_blob(layout, (struct wb_bytes){(uint8_t *)text, strlen(text)},
                                &entry.digest, &err) ||
            !wb_layout_put_entry(layout, &entry, &err) || !wb_layout_commit(layout, &err)) {
            fprintf(stderr, "writer: %s\n", err.message);
            _exit(1);
        }
    }
}

static pid_t start_writer(const struct fixture *fixture, const char *who, int count)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        write_entries(fixture, who, count);
        _exit(0);
    }
    return pid;
}

static void a_killed_writer_leaves_the_index_valid(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct fixture *fixture = begin(is_archive == 1);
        list(fixture, MANIFEST_TYPE, put_image(fixture, "one", ""), "");
        finish(fixture, "");
        unsigned seed = 1;
        for (int round = 0; round < 40; round++) {
            WB_AUTO_STRING who = wb_string_format("round %d", round);
            pid_t pid = start_writer(fixture, who, 1000);
            usleep((useconds_t)(rand_r(&seed) % 30000));
            kill(pid, SIGKILL);
            int status;
            assert_int_equal(waitpid(pid, &status, 0), pid);
            assert_true(WIFSIGNALED(status));
            assert_true(check_whole(fixture) >= 1);
        }
        /* What the dead left does not hinder the living. */
        size_t before = check_whole(fixture);
        write_entries(fixture, "last", 1);
        assert_int_equal(check_whole(fixture), before + 1);
        end(fixture);
    }
}

static void two_writers_lose_nothing(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct fixture *fixture = begin(is_archive == 1);
        put_text(fixture, "unlisted");
        finish(fixture, "");
        pid_t one = start_writer(fixture, "one", 50);
        pid_t two = start_writer(fixture, "two", 50);
        int status;
        assert_int_equal(waitpid(one, &status, 0), one);
        assert_int_equal(status, 0);
        assert_int_equal(waitpid(two, &status, 0), two);
        assert_int_equal(status, 0);
        assert_int_equal(check_whole(fixture), 100);
        end(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_leaves_the_index_valid),
        cmocka_unit_test(two_writers_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

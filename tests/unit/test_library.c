/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a library when it is needed: what is there, and what is said of what is not. */
#include "base/base.h"
#include "image/libarchive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct functions {
    double (*cosine)(double angle);
};

static void loads_a_function(void **state)
{
    (void)state;
    static const struct wb_library_function rows[] = {{"cos", offsetof(struct functions, cosine)}};
    struct functions functions = {0};
    for (int again = 0; again < 2; again++) {
        assert_true(wb_library_load("libm.so.6", rows, 1, &functions, NULL));
        assert_true(functions.cosine(0.0) > 0.999);
    }
}

static void names_what_is_missing(void **state)
{
    (void)state;
    static const struct wb_library_function rows[] = {{"no_such", 0}};
    struct functions functions = {0};
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_library_load("libno-such.so.0", rows, 1, &functions, &err));
    assert_int_equal(err.status, WB_SYSTEM);
    assert_non_null(strstr(err.message, "libno-such.so.0"));
    err = (struct wb_error)WB_ERROR_INIT;
    assert_false(wb_library_load("libm.so.6", rows, 1, &functions, &err));
    assert_int_equal(err.status, WB_SYSTEM);
    assert_string_equal(err.message, "libm.so.6 has no no_such");
    assert_null(functions.cosine);
}

/* Its name was found out when this was built. */
static void libarchive_is_loaded(void **state)
{
    (void)state;
    struct wb_libarchive library = {0};
    assert_true(wb_libarchive_load(&library, NULL));
    struct archive *archive = library.read_new();
    assert_int_equal(library.read_support_format_tar(archive), ARCHIVE_OK);
    library.read_free(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_a_function),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(libarchive_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Licence statements in words: rpm tags and Debian short names. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct sample {
    const char *statement;
    const char *expression;
};

static void assert_rpm(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        const char *found = wb_licence_from_rpm(bom, samples[i].statement);
        if (found == NULL || strcmp(found, samples[i].expression) != 0)
            fail_msg("`%s` is `%s`, not `%s`", samples[i].statement, found == NULL ? "" : found,
                     samples[i].expression);
        assert_true(wb_licence_expression_valid(found));
    }
}

static void fedora_names_are_known(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"GPLv2+ and MIT", "GPL-2.0-or-later AND MIT"},
        {"ASL 2.0", "Apache-2.0"},
        {"(GPL+ or Artistic) and FSFAP", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND FSFAP"},
        {"LGPLv2.1+", "LGPL-2.1-or-later"},
        {"BSD", "LicenseRef-BSD"},
        {"Public Domain", "LicenseRef-Public-Domain"},
        {"GPLv2+ and BSD with advertising", "GPL-2.0-or-later AND LicenseRef-BSD-with-advertising"},
        {"Redistributable, no modification permitted",
         "LicenseRef-Redistributable-no-modification-permitted"},
        {"GPLv3+ with exceptions", "LicenseRef-GPLv3-with-exceptions"},
        {"MIT and (MIT or BSD) and MIT", "MIT AND (MIT OR LicenseRef-BSD)"},
    };
    assert_rpm(samples, sizeof samples / sizeof samples[0]);
}

static void spdx_and_suse_tags_are_known(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"GPL-2.0-or-later", "GPL-2.0-or-later"},
        {"GPL-2.0+", "GPL-2.0-or-later"},
        {"BSD-3-Clause AND (Apache-2.0 OR MIT)", "BSD-3-Clause AND (Apache-2.0 OR MIT)"},
        {"GPL-3.0-or-later WITH GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1"},
        {"SUSE-Public-Domain", "LicenseRef-SUSE-Public-Domain"},
        {"LGPL-2.1-or-later and GPL-2.0-or-later", "LGPL-2.1-or-later AND GPL-2.0-or-later"},
        {"LicenseRef-Fedora-Public-Domain", "LicenseRef-Fedora-Public-Domain"},
    };
    assert_rpm(samples, sizeof samples / sizeof samples[0]);
}

static void odd_tags_become_one_reference(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"Copyright 2014 Somebody. All rights reserved.",
         "LicenseRef-Copyright-2014-Somebody.-All-rights-reserved"},
        {"(GPLv2", "LicenseRef-GPLv2"},
        {"and or", "LicenseRef-and-or"},
        {"\xFF\xFE", "LicenseRef-xff-xfe"},
    };
    assert_rpm(samples, sizeof samples / sizeof samples[0]);
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    assert_null(wb_licence_from_rpm(bom, NULL));
    assert_null(wb_licence_from_rpm(bom, " \n"));
    assert_null(wb_licence_from_rpm(bom, ","));
}

static void references_have_texts(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    assert_string_equal(wb_licence_from_rpm(bom, "BSD and Acme"),
                        "LicenseRef-BSD AND LicenseRef-Acme");
    assert_int_equal(bom->licence_text_count, 2);
    assert_string_equal(bom->licence_texts[1].id, "LicenseRef-Acme");
    assert_string_equal(bom->licence_texts[1].text, "Acme");
}

static const char *look_up(void *context, const char *name)
{
    return wb_licence_reference(context, name, "some text");
}

static void assert_dep5(const char *names, const char *expected)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    const char *found = wb_licence_from_dep5(bom, names, look_up, bom);
    if ((found == NULL) != (expected == NULL) || (found != NULL && strcmp(found, expected) != 0))
        fail_msg("`%s` is `%s`", names, found == NULL ? "" : found);
}

static void debian_names_are_known(void **state)
{
    (void)state;
    assert_dep5("GPL-2+", "GPL-2.0-or-later");
    assert_dep5("GPL-2", "GPL-2.0-only");
    assert_dep5("Expat", "MIT");
    assert_dep5("GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl");
    assert_dep5("LGPLv3+_or_GPLv2+", "LGPL-3.0-or-later OR GPL-2.0-or-later");
    assert_dep5("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later");
    assert_dep5("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2");
    assert_dep5("GPL-2+ with Autoconf exception", "LicenseRef-GPL-2-with-Autoconf-exception");
    assert_dep5("APACHE-2-LLVM-EXCEPTIONS", "Apache-2.0 WITH LLVM-exception");
    assert_dep5("MPL-1.1 | GPL-2 | LGPL-2.1", "MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-only");
}

/* copyright-format 1.0, "License short names": the comma binds least. */
static void commas_group(void **state)
{
    (void)state;
    assert_dep5("GPL-2+ or Artistic-2.0, and BSD-3-clause",
                "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause");
    assert_dep5("GPL-2+ or Artistic-2.0 and BSD-3-clause",
                "GPL-2.0-or-later OR (Artistic-2.0 AND BSD-3-Clause)");
    assert_dep5("MIT, ISC or Zlib", "MIT OR ISC OR Zlib");
    assert_dep5("MIT, ISC and Zlib", "MIT AND ISC AND Zlib");
    assert_dep5("MIT,ISC", "MIT AND ISC");
}

static void prose_is_no_statement(void **state)
{
    (void)state;
    assert_dep5("", NULL);
    assert_dep5("Permission to use, copy and distribute this software is granted", NULL);
    assert_dep5("This software is provided 'as-is', without any express or implied", NULL);
    assert_dep5("one two three four five six seven", NULL);
    assert_dep5("one two three", "LicenseRef-one-two-three");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fedora_names_are_known),
        cmocka_unit_test(spdx_and_suse_tags_are_known),
        cmocka_unit_test(odd_tags_become_one_reference),
        cmocka_unit_test(references_have_texts),
        cmocka_unit_test(debian_names_are_known),
        cmocka_unit_test(commas_group),
        cmocka_unit_test(prose_is_no_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Debian copyright files, with structure and without. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FORMAT "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"

#define MIT_TEXT                                                                                   \
    "Permission is hereby granted, free of charge, to any person obtaining a copy\n"               \
    "of this software and associated documentation files (the \"Software\"), to deal\n"            \
    "in the Software without restriction, including without limitation the rights\n"               \
    "to use, copy, modify, merge, publish, distribute, sublicense, and/or sell\n"                  \
    "copies of the Software, and to permit persons to whom the Software is fur-\n"                 \
    "nished to do so, subject to the following conditions:\n"                                      \
    "\n"                                                                                           \
    "The above copyright notice and this permission notice shall be included in all\n"             \
    "copies or substantial portions of the Software.\n"                                            \
    "\n"                                                                                           \
    "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR\n"               \
    "IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,\n"                   \
    "FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE\n"                \
    "AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER\n"                     \
    "LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,\n"              \
    "OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE\n"              \
    "SOFTWARE.\n"
#define X11_CLAUSE                                                                                 \
    "Except as contained in this notice, the name of the X Consortium shall not be\n"              \
    "used in advertising or otherwise to promote the sale, use or other dealings in\n"             \
    "this Software without prior written authorization.\n"

struct reading {
    struct wb_bom *bom;
    struct wb_package *package;
};

static struct reading read_bytes(const char *text, size_t size)
{
    struct reading reading = {.bom = wb_bom_new()};
    reading.package = wb_bom_new_package(reading.bom, WB_PACKAGE_DEB);
    reading.package->name = "thing";
    wb_copyright_read((struct wb_bytes){(const uint8_t *)text, size}, reading.bom, reading.package);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void assert_licence(const char *text, const char *expected)
{
    struct reading reading = read_text(text);
    const char *found = reading.package->licence;
    if ((found == NULL) != (expected == NULL) || (found != NULL && strcmp(found, expected) != 0))
        fail_msg("%s\nfound `%s`, not `%s`", text, found == NULL ? "" : found,
                 expected == NULL ? "" : expected);
    wb_bom_free(reading.bom);
}

static void every_format_url_is_known(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "Format: http://www.debian.org/doc/packaging-manuals/copyright-format/1.0",
        "Format:http://dep.debian.net/deps/dep5",
        "Format: http://dep.debian.net/deps/dep5/",
        "Format-Specification: http://svn.debian.org/wsvn/dep/web/deps/dep5.mdwn?op=file&rev=174",
        "Format: http://anonscm.debian.org/viewvc/dep/web/deps/dep5.mdwn?view=markup&pathrev=174",
        "Format-Specification:\n http://wiki.debian.org/Proposals/CopyrightFormat?action=recall",
        "Upstream-Name: thing\nformat: https://www.debian.org/doc/packaging-manuals/"
        "copyright-format/1.0/\nSource: here",
        "# a comment\nFormat: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "\xEF\xBB\xBF"
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\r",
        "Source: no format at all",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, "%s\n\nFiles: *\nCopyright: me\nLicense: Expat and ISC\n",
                 headers[i]);
        assert_licence(text, "ISC AND MIT");
    }
}

static void paragraphs_are_joined(void **state)
{
    (void)state;
    struct reading reading = read_text(FORMAT "Files: *\n"
                                              "Copyright: 2001 One Author\n"
                                              "           2002, Another\n"
                                              "License: GPL-2+\n"
                                              " a notice with /usr/share/common-licenses/GPL-3\n"
                                              "\n"
                                              "Files: lib/*\n"
                                              "Copyright: 2001 One Author\n"
                                              "License: MIT or Acme-1\n"
                                              "\n"
                                              "Files: debian/*\n"
                                              "Copyright: 2003 Packager\n"
                                              "License: GPL-2+\n"
                                              "\n"
                                              "License: MIT\n"
                                              " Permission is hereby granted.\n"
                                              "\n"
                                              "License: Acme-1\n"
                                              " You may do\n"
                                              " .\n"
                                              "   what you like.\n");
    const struct wb_package *package = reading.package;
    assert_string_equal(package->licence, "GPL-2.0-or-later AND (MIT OR LicenseRef-Acme-1)");
    assert_string_equal(package->licence_declared, "GPL-2+; MIT or Acme-1");
    assert_string_equal(package->copyright, "2001 One Author\n2002, Another\n2003 Packager");
    assert_int_equal(reading.bom->licence_text_count, 1);
    assert_string_equal(reading.bom->licence_texts[0].text, "You may do\n\n  what you like.");
    wb_bom_free(reading.bom);
}

static void the_header_counts(void **state)
{
    (void)state;
    assert_licence("Format: http://dep.debian.net/deps/dep5/\nLicense: Zlib\n", "Zlib");
    assert_licence("Format: http://dep.debian.net/deps/dep5/\nLicense: Zlib\n\n"
                   "Files: *\nCopyright: me\nLicense: MIT\n",
                   "MIT AND Zlib");
    /* A summary in prose says less than the paragraphs. */
    assert_licence("Format: http://dep.debian.net/deps/dep5/\n"
                   "License:\n Different licenses apply, among them the GPL version 3,\n"
                   " to different files.\n\n"
                   "Files: *\nCopyright: me\nLicense: MIT\n",
                   "MIT");
    assert_licence(FORMAT "License: ISC\n text\n", "ISC");
}

static void unusual_layouts_are_read(void **state)
{
    (void)state;
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense: GPL-2+ or\n Artistic-2.0\n",
                   "GPL-2.0-or-later OR Artistic-2.0");
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense:\n GPL-3+\n", "GPL-3.0-or-later");
    assert_licence(FORMAT "Files: a\nLicense: MIT\nFiles: b\nLicense: ISC\n", "ISC AND MIT");
    assert_licence(FORMAT "Copyright: me\nLicense: MIT\n\nLicense: ISC\n text\n", "MIT");
    struct reading reading = read_text(FORMAT "Files: *\nLicense: Acme\n\n one\n\n two\n#no\n");
    assert_string_equal(reading.bom->licence_texts[0].text, "one\n\ntwo");
    wb_bom_free(reading.bom);
    assert_licence(FORMAT "Files: *\nCopyright:\nLicense:\n", NULL);
    assert_licence(FORMAT, NULL);
    assert_licence("", NULL);
}

static void unknown_names_are_known_by_their_text(void **state)
{
    (void)state;
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense: like-expat\n\n"
                          "License: like-expat\n " MIT_TEXT,
                   "MIT");
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense: like-expat-with-exception\n\n"
                          "License: like-expat-with-exception\n " MIT_TEXT,
                   "LicenseRef-like-expat-with-exception");
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense: other\n"
                          " This is free under the GNU General Public License, version 2.\n"
                          " See /usr/share/common-licenses/GPL-2.\n",
                   "GPL-2.0-only");
    assert_licence(FORMAT "Files: *\nCopyright: me\nLicense: BSD\n See elsewhere.\n",
                   "LicenseRef-BSD");
}

static void one_name_with_two_texts_is_two_licences(void **state)
{
    (void)state;
    struct reading reading = read_text(FORMAT "Files: a\nLicense: permissive\n do this\n\n"
                                              "Files: b\nLicense: permissive\n do that\n");
    assert_int_equal(reading.bom->licence_text_count, 2);
    assert_string_equal(reading.package->licence_declared, "permissive");
    assert_true(wb_licence_expression_valid(reading.package->licence));
    assert_non_null(strstr(reading.package->licence, " AND "));
    wb_bom_free(reading.bom);
}

static void prose_and_paragraphs_are_both_read(void **state)
{
    (void)state;
    struct reading reading =
        read_text("This package was debianized by somebody.\n\n"
                  "License:\n\n  It is licensed under the Apache License, Version 2.0.\n\n"
                  "Files: x\nCopyright: 1999 me\nLicense: ISC\n");
    assert_string_equal(reading.package->licence, "Apache-2.0 AND ISC");
    assert_string_equal(reading.package->licence_declared, "ISC");
    wb_bom_free(reading.bom);
}

#define NOTICE(name, version)                                                                      \
    "This is free software; you can redistribute it and/or modify it under the\n"                  \
    "terms of the GNU " name " as published by the Free\n"                                         \
    "Software Foundation; " version "\n"

static void gnu_notices_are_read(void **state)
{
    (void)state;
    assert_licence(NOTICE("General Public License", "either version 2 of the License, or\n"
                                                    "(at your option) any later version."),
                   "GPL-2.0-or-later");
    assert_licence(NOTICE("General Public License", "version 2 of the License."), "GPL-2.0-only");
    assert_licence(NOTICE("Lesser General Public License",
                          "either version 2.1 of the\nLicense, or any later version.\n"
                          "On Debian the text is in /usr/share/common-licenses/LGPL-3."),
                   "LGPL-2.1-or-later");
    assert_licence("License: GPLv3+", "GPL-3.0-or-later");
    assert_licence("Licensed under the GPL v2.", "GPL-2.0-only");
    assert_licence("Licensed under version 2 or later of the GNU GPL.", "GPL-2.0-or-later");
    assert_licence("It may be linked with programs under other terms. A copy of the GNU General "
                   "Public License version 2 is somewhere.",
                   NULL);
    assert_licence("GNU GENERAL PUBLIC LICENSE Version 2, June 1991", NULL);
    assert_licence("See http://www.gnu.org/licenses/gpl-3.0.html", NULL);
}

static void references_are_read(void **state)
{
    (void)state;
    assert_licence("The licence is in\n`/usr/share/common-licenses/Apache-2.0'.\n", "Apache-2.0");
    assert_licence("Released under the GPL; see /usr/share/common-licenses/GPL-3.", "GPL-3.0-only");
    assert_licence("GPL, or any later version; see /usr/share/common-licenses/GPL-2",
                   "GPL-2.0-or-later");
    assert_licence("Under the GPL, see /usr/share/common-licenses/GPL", "GPL-1.0-or-later");
    assert_licence("See /usr/share/common-licenses/Artistic or the GNU General Public License in\n"
                   "/usr/share/common-licenses/GPL-1, or any later version.",
                   "GPL-1.0-or-later OR Artistic-1.0-Perl");
    assert_licence("See /usr/share/common-licenses/Nonsense and /usr/share/common-licenses/.",
                   NULL);
}

static void wordings_are_read(void **state)
{
    (void)state;
    assert_licence("Copyright (C) 2001 me\n\n" MIT_TEXT, "MIT");
    assert_licence(MIT_TEXT "\n" X11_CLAUSE, "X11");
    assert_licence("You may redistribute it under the same terms as Perl itself.",
                   "GPL-1.0-or-later OR Artistic-1.0-Perl");
    assert_licence("This program is in the public domain.", NULL);
    assert_licence("All rights reserved. Do not copy.", NULL);
}

static void exceptions_are_known_by_their_words(void **state)
{
    (void)state;
#define FILES_UNDER(name) FORMAT "Files: *\nCopyright: me\nLicense: " name "\n"
#define GRANT(version)                                                                             \
    " This program is free software; you can redistribute it and/or modify it under the terms\n"   \
    " of the GNU General Public License as published by the Free Software Foundation; either\n"    \
    " version " version ", or (at your option) any later version.\n .\n"
#define AUTOCONF                                                                                   \
    " As a special exception to the GNU General Public License, if you distribute this file as\n"  \
    " part of a program that contains a configuration script generated by Autoconf, you may\n"     \
    " include it under the same distribution terms that you use for the rest of that program.\n"
    assert_licence(FILES_UNDER("GPL-2+ with Autoconf exception") GRANT("2") AUTOCONF,
                   "GPL-2.0-or-later WITH Autoconf-exception-generic");
    assert_licence(
        FILES_UNDER("own-name") GRANT("3") AUTOCONF
        " This Exception is an additional permission under section 7 of the GNU General\n"
        " Public License, version 3.\n",
        "GPL-3.0-or-later WITH Autoconf-exception-generic-3.0");
    assert_licence(FILES_UNDER("GPL-3+ with Autoconf exception") AUTOCONF,
                   "GPL-3.0-or-later WITH Autoconf-exception-generic");
    /* Notice and name differ; words that nobody knows; no licence at all. */
    assert_licence(FILES_UNDER("GPL-3+ with Autoconf exception") GRANT("2") AUTOCONF,
                   "LicenseRef-GPL-3-with-Autoconf-exception");
    assert_licence(FILES_UNDER("GPL-2+ with Acme exception")
                       GRANT("2") " As a special exception, do "
                                  "what you like.\n",
                   "LicenseRef-GPL-2-with-Acme-exception");
    assert_licence(FILES_UNDER("own-name") AUTOCONF, "LicenseRef-own-name");
}

static void several_documentation_licences_are_told_apart(void **state)
{
    (void)state;
    assert_licence(
        "The manual is licensed under the GNU Free Documentation License (v1.2).\n"
        "Permission is granted to copy, distribute and/or modify the other document\n"
        "under the terms of the GNU Free Documentation License, Version 1.3 or any later\n"
        "version published by the Free Software Foundation; with no Invariant Sections.\n",
        "GFDL-1.2-only AND GFDL-1.3-no-invariants-or-later");
}

static void copyright_lines_of_prose_are_collected(void **state)
{
    (void)state;
    struct reading reading = read_text("Copyright:\n"
                                       "  Copyright (C) 2001  One\n"
                                       " * (c) 1999-2003 Two\n"
                                       "  \xC2\xA9 2010 Three\n"
                                       "Copyright (C) 2001 One\n"
                                       "Copyright notices must stay.\n"
                                       "copyright 12345 nobody\n");
    assert_string_equal(reading.package->copyright,
                        "Copyright (C) 2001 One\n(c) 1999-2003 Two\n\xC2\xA9 2010 Three");
    wb_bom_free(reading.bom);
}

static void what_is_not_utf8_is_escaped(void **state)
{
    (void)state;
    static const char text[] =
        FORMAT "Files: *\nCopyright: Andr\xE9 2001\nLicense: Acm\xE9\n a\0b\n";
    struct reading reading = read_bytes(text, sizeof text - 1);
    assert_string_equal(reading.package->copyright, "Andr\\xe9 2001");
    assert_true(wb_licence_expression_valid(reading.package->licence));
    assert_string_equal(reading.bom->licence_texts[0].text, "a\\x00b");
    wb_bom_free(reading.bom);
}

static void the_same_text_is_kept_once_for_all_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    const char *text = FORMAT "Files: *\nCopyright: me\nLicense: Acme\n words\n";
    for (int i = 0; i < 3; i++) {
        struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
        package->name = "thing";
        wb_copyright_read((struct wb_bytes){(const uint8_t *)text, strlen(text)}, bom, package);
        assert_string_equal(package->licence, "LicenseRef-Acme");
    }
    assert_int_equal(bom->licence_text_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_url_is_known),
        cmocka_unit_test(paragraphs_are_joined),
        cmocka_unit_test(the_header_counts),
        cmocka_unit_test(unusual_layouts_are_read),
        cmocka_unit_test(unknown_names_are_known_by_their_text),
        cmocka_unit_test(one_name_with_two_texts_is_two_licences),
        cmocka_unit_test(prose_and_paragraphs_are_both_read),
        cmocka_unit_test(gnu_notices_are_read),
        cmocka_unit_test(references_are_read),
        cmocka_unit_test(wordings_are_read),
        cmocka_unit_test(exceptions_are_known_by_their_words),
        cmocka_unit_test(several_documentation_licences_are_told_apart),
        cmocka_unit_test(copyright_lines_of_prose_are_collected),
        cmocka_unit_test(what_is_not_utf8_is_escaped),
        cmocka_unit_test(the_same_text_is_kept_once_for_all_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

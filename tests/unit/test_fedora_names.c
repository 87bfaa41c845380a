/* SPDX-License-Identifier: Apache-2.0 */
/* Every short name of the licence table that Fedora published before it took to SPDX, and the one
 * licence that the table and its successor fedora-license-data give it. Written from the table, not
 * from our aliases; scripts/compare-fedora-names compares this file with the source. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct wb_licence_alias short_names[] = {
    {"AAL", "AAL"},
    {"Abstyles", "Abstyles"},
    {"Adobe", "Adobe-2006"},
    {"ADSL", "ADSL"},
    {"Afmparse", "Afmparse"},
    {"AGPLv1", "AGPL-1.0-only"},
    {"AGPLv3", "AGPL-3.0-only"},
    {"AGPLv3+", "AGPL-3.0-or-later"},
    {"AMDPLPA", "AMDPLPA"},
    {"AML", "AML"},
    {"AMPAS BSD", "AMPAS"},
    {"ANTLR-PD", "ANTLR-PD"},
    {"APAFML", "APAFML"},
    {"App-s2p", "App-s2p"},
    {"APSL 2.0", "APSL-2.0"},
    {"ARL", "Aspell-RU"},
    {"Arphic", "Arphic-1999"},
    {"Artistic", "Artistic-1.0-Perl"},
    {"Artistic 2.0", "Artistic-2.0"},
    {"Artistic clarified", "ClArtistic"},
    {"ASL 1.0", "Apache-1.0"},
    {"ASL 1.1", "Apache-1.1"},
    {"ASL 2.0", "Apache-2.0"},
    {"Baekmuk", "Baekmuk"},
    {"Bahyph", "Bahyph"},
    {"Barr", "Barr"},
    {"Beerware", "Beerware"},
    {"Bitstream Vera", "Bitstream-Vera"},
    {"BitTorrent", "BitTorrent-1.1"},
    {"Boost", "BSL-1.0"},
    {"Borceux", "Borceux"},
    {"BSD Protection", "BSD-Protection"},
    {"BSD with attribution", "BSD-3-Clause-Attribution"},
    {"CATOSL", "CATOSL-1.1"},
    {"CC0", "CC0-1.0"},
    {"CDDL-1.0", "CDDL-1.0"},
    {"CDDL-1.1", "CDDL-1.1"},
    {"CDL", "CDL-1.0"},
    {"CeCILL-B", "CECILL-B"},
    {"CeCILL-C", "CECILL-C"},
    {"Charter", "Bitstream-Charter"},
    {"CNRI", "CNRI-Python"},
    {"Condor", "Condor-1.1"},
    {"CPAL", "CPAL-1.0"},
    {"CPL", "CPL-1.0"},
    {"Crossword", "Crossword"},
    {"Crystal Stacker", "CrystalStacker"},
    {"Cube", "Cube"},
    {"diffmark", "diffmark"},
    {"DOC", "DOC"},
    {"Dotseqn", "Dotseqn"},
    {"DSDP", "DSDP"},
    {"dvipdfm", "dvipdfm"},
    {"ECL 1.0", "ECL-1.0"},
    {"ECL 2.0", "ECL-2.0"},
    {"eCos", "GPL-2.0-or-later WITH eCos-exception-2.0"},
    {"EFL 2.0", "EFL-2.0"},
    {"eGenix", "eGenix"},
    {"Entessa", "Entessa"},
    {"EPICS", "EPICS"},
    {"EPL-1.0", "EPL-1.0"},
    {"EPL-2.0", "EPL-2.0"},
    {"ERPL", "ErlPL-1.1"},
    {"EU Datagrid", "EUDatagrid"},
    {"EUPL 1.1", "EUPL-1.1"},
    {"EUPL 1.2", "EUPL-1.2"},
    {"Eurosym", "Eurosym"},
    {"Fair", "Fair"},
    {"FBSDDL", "FreeBSD-DOC"},
    {"FDK-AAC", "FDK-AAC"},
    {"Free Art", "LAL-1.3"},
    {"FSFAP", "FSFAP"},
    {"FSFUL", "FSFUL"},
    {"FSFULLR", "FSFULLR"},
    {"FTL", "FTL"},
    {"Giftware", "Giftware"},
    {"GL2PS", "GL2PS"},
    {"Glide", "Glide"},
    {"Glulxe", "Glulxe"},
    {"gnuplot", "gnuplot"},
    {"GPL+", "GPL-1.0-or-later"},
    {"GPLv1", "GPL-1.0-only"},
    {"GPLv2", "GPL-2.0-only"},
    {"GPLv2+", "GPL-2.0-or-later"},
    {"GPLv3", "GPL-3.0-only"},
    {"GPLv3+", "GPL-3.0-or-later"},
    {"HaskellReport", "HaskellReport"},
    {"HSRL", "Spencer-94"},
    {"IBM", "IPL-1.0"},
    {"IJG", "IJG"},
    {"ImageMagick", "ImageMagick"},
    {"iMatix", "iMatix"},
    {"Imlib2", "Imlib2"},
    {"Inner-Net", "Inner-Net-2.0"},
    {"Intel ACPI", "Intel-ACPI"},
    {"Interbase", "Interbase-1.0"},
    {"IPA", "IPA"},
    {"ISC", "ISC"},
    {"JasPer", "JasPer-2.0"},
    {"Latex2e", "Latex2e"},
    {"LBNL BSD", "BSD-3-Clause-LBNL"},
    {"Leptonica", "Leptonica"},
    {"LGPLv2", "LGPL-2.0-only"},
    {"LGPLv2+", "LGPL-2.0-or-later"},
    {"LGPLv3", "LGPL-3.0-only"},
    {"LGPLv3+", "LGPL-3.0-or-later"},
    {"libtiff", "libtiff"},
    {"LPL", "LPL-1.02"},
    {"MakeIndex", "MakeIndex"},
    {"mecab-ipadic", "NAIST-2003"},
    {"MirOS", "MirOS"},
    {"MIT", "MIT"},
    {"MITNFA", "MITNFA"},
    {"Motosoto", "Motosoto"},
    {"mplus", "mplus"},
    {"MPLv1.0", "MPL-1.0"},
    {"MPLv1.1", "MPL-1.1"},
    {"MPLv2.0", "MPL-2.0"},
    {"MS-PL", "MS-PL"},
    {"MS-RL", "MS-RL"},
    {"MTLL", "MTLL"},
    {"Mup", "Mup"},
    {"Naumen", "Naumen"},
    {"NCSA", "NCSA"},
    {"NetCDF", "NetCDF"},
    {"Newsletr", "Newsletr"},
    {"NGPL", "NGPL"},
    {"NLPL", "NLPL"},
    {"Nokia", "Nokia"},
    {"NOSL", "NOSL"},
    {"Noweb", "Noweb"},
    {"OFL", "OFL-1.1"},
    {"OGL", "OGL-UK-3.0"},
    {"OML", "OML"},
    {"Open Publication", "OPUBL-1.0"},
    {"OpenLDAP", "OLDAP-2.8"},
    {"OpenPBS", "OpenPBS-2.3"},
    {"OpenSSL", "OpenSSL"},
    {"OSL 1.0", "OSL-1.0"},
    {"OSL 1.1", "OSL-1.1"},
    {"OSL 2.0", "OSL-2.0"},
    {"OSL 2.1", "OSL-2.1"},
    {"OSL 3.0", "OSL-3.0"},
    {"PHP", "PHP-3.01"},
    {"Plexus", "Plexus"},
    {"PostgreSQL", "PostgreSQL"},
    {"psfrag", "psfrag"},
    {"psutils", "psutils"},
    {"Python", "Python-2.0.1"},
    {"Qhull", "Qhull"},
    {"QPL", "QPL-1.0"},
    {"Rdisc", "Rdisc"},
    {"RPSL", "RPSL-1.0"},
    {"Ruby", "Ruby"},
    {"Saxpath", "Saxpath"},
    {"SCEA", "SCEA"},
    {"Sendmail", "Sendmail"},
    {"SISSL", "SISSL"},
    {"Sleepycat", "Sleepycat"},
    {"SNIA", "SNIA"},
    {"softSurfer", "softSurfer"},
    {"SPL", "SPL-1.0"},
    {"SWL", "SWL"},
    {"TCL", "TCL"},
    {"TGPPL", "TGPPL-1.0"},
    {"Threeparttable", "threeparttable"},
    {"TMate", "TMate"},
    {"TORQUEv1.1", "TORQUE-1.1"},
    {"TOSL", "TOSL"},
    {"TPDL", "TPDL"},
    {"TPL", "TPL-1.0"},
    {"TTWL", "TTWL"},
    {"UCAR", "UCAR"},
    {"Unlicense", "Unlicense"},
    {"Verbatim", "Linux-man-pages-copyleft"},
    {"Vim", "Vim"},
    {"VOSTROM", "VOSTROM"},
    {"VSL", "VSL-1.0"},
    {"W3C", "W3C"},
    {"Wsuipa", "Wsuipa"},
    {"WTFPL", "WTFPL"},
    {"wxWidgets", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"},
    {"Xerox", "Xerox"},
    {"xinetd", "xinetd"},
    {"xpp", "xpp"},
    {"XSkat", "XSkat"},
    {"YPLv1.1", "YPL-1.1"},
    {"Zed", "Zed"},
    {"Zend", "Zend-2.0"},
    {"zlib", "Zlib"},
    {"zlib with acknowledgement", "zlib-acknowledgement"},
    {"ZPLv2.0", "ZPL-2.0"},
    {"ZPLv2.1", "ZPL-2.1"},
};

/* Short names that the table gives to several licences of the SPDX list or to none. */
static const char *const references[] = {
    "AFL", "AGPLv3 with exceptions", "AMS", "BeOpen", "Bibtex", "BSD", "BSD with advertising",
    "CC-BY", "CC-BY-ND", "CC-BY-SA", "CeCILL", "Copyright only", "CPM", "CRC32", "DMIT", "DMTF",
    "DoubleStroke", "DSL", "DWPL", "ec", "EFML", "Elvish",
    "Freely redistributable without restriction", "GeoGratis", "GFDL", "GPL+ with exceptions",
    "GPLv2 with exceptions", "GPLv2+ with exceptions", "GPLv3 with exceptions",
    "GPLv3+ with exceptions", "Green OpenMusic", "Hershey", "HOFL", "IEEE", "Jabber", "JPython",
    "Julius", "Knuth", "LDPL", "LGPLv2 with exceptions", "LGPLv2+ with exceptions",
    "LGPLv3 with exceptions", "LGPLv3+ with exceptions", "Lhcyr", "Liberation", "LLGPL", "Logica",
    "LOSLA", "LPPL", "Lucida", "MgOpen", "midnight", "MIT with advertising", "mod_macro",
    "Netscape", "Newmat", "Nmap", "OAL", "OFSFDL", "OReilly", "Par", "Phorum", "PlainTeX", "PTFL",
    "Public Domain", "Public Use", "Punknova", "Redistributable, no modification permitted", "REX",
    "RiceBSD", "Romio", "RSA", "Rsfs", "SCRIP", "Sequence", "SLIB", "STIX", "STMPL", "TCGL",
    "Teeworlds", "Tolua", "UCD", "Unicode", "Utopia", "VNLSL", "Wadalab", "Webmin", "XANO",
    "ZPLv1.0",
};
/* clang-format on */

static void names_of_one_licence_are_mapped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        const char *found = wb_licence_from_rpm(bom, short_names[i].name);
        if (found == NULL || strcmp(found, short_names[i].expression) != 0)
            fail_msg("`%s` is `%s`, not `%s`", short_names[i].name, found == NULL ? "" : found,
                     short_names[i].expression);
        assert_true(wb_licence_expression_valid(found));
        assert_int_equal(bom->licence_text_count, 0);
    }
}

static void names_of_several_or_none_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        const char *found = wb_licence_from_rpm(bom, references[i]);
        if (found == NULL || strncmp(found, "LicenseRef-", strlen("LicenseRef-")) != 0 ||
            strchr(found, ' ') != NULL)
            fail_msg("`%s` is `%s`, not one reference", references[i], found == NULL ? "" : found);
        assert_int_equal(bom->licence_text_count, 1);
        assert_string_equal(bom->licence_texts[0].name, references[i]);
        assert_string_equal(bom->licence_texts[0].text, references[i]);
    }
}

/* `and`, `or` and parentheses of the old tags, around every name. */
static void names_are_found_between_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        char tag[200];
        char expected[200];
        if (strcmp(short_names[i].expression, "ISC") == 0 ||
            strcmp(short_names[i].expression, "MIT") == 0)
            continue;
        snprintf(tag, sizeof tag, "MIT and (%s or ISC)", short_names[i].name);
        snprintf(expected, sizeof expected, "MIT AND (%s OR ISC)", short_names[i].expression);
        assert_string_equal(wb_licence_from_rpm(bom, tag), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_licence_are_mapped),
        cmocka_unit_test(names_of_several_or_none_are_kept),
        cmocka_unit_test(names_are_found_between_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

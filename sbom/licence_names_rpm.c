/* SPDX-License-Identifier: Apache-2.0 */
/* The licence names of rpm packages before SPDX: Fedora's short names, SUSE's names. */
#include "sbom/licence.h"

#include <string.h>

/* Fedora's published table of short names and SPDX expressions (fedora-license-data), with the
 * spellings that openSUSE's license changes list for the same licences. LGPLv2 means "v2 (or 2.1)"
 * there; the ids of 2.0 are the ones that cover both. Names that the table gives to several
 * licences are not here and become a LicenseRef, unless they name one of them and its version as
 * MPLv1.1 does. So are names whose licence SPDX does not list, and Public Domain, which is none.
 * What differs from an SPDX id only in case is not here either. All of the table's names stand in
 * tests/unit/test_fedora_names.c; scripts/compare-fedora-names compares them with the source. */
static const struct wb_licence_alias aliases[] = {
    {"Adobe", "Adobe-2006"},
    {"AFL 2.1", "AFL-2.1"},
    {"AMPAS BSD", "AMPAS"},
    {"Apache 2", "Apache-2.0"},
    {"Apache 2.0", "Apache-2.0"},
    {"Apache License 2.0", "Apache-2.0"},
    {"Apache License, Version 2.0", "Apache-2.0"},
    {"Apache Software License 2.0", "Apache-2.0"},
    {"Apache Software License, Version 2.0", "Apache-2.0"},
    {"APSL 2.0", "APSL-2.0"},
    {"ARL", "Aspell-RU"},
    {"Arphic", "Arphic-1999"},
    {"Artistic", "Artistic-1.0-Perl"},
    {"Artistic 2.0", "Artistic-2.0"},
    {"Artistic clarified", "ClArtistic"},
    {"ASL 1.0", "Apache-1.0"},
    {"ASL 1.1", "Apache-1.1"},
    {"ASL 2.0", "Apache-2.0"},
    {"ASLv2", "Apache-2.0"},
    {"ASLv2.0", "Apache-2.0"},
    {"Bitstream Vera", "Bitstream-Vera"},
    {"BitTorrent", "BitTorrent-1.1"},
    {"Boost", "BSL-1.0"},
    {"BSD 2-Clause", "BSD-2-Clause"},
    {"BSD 3-Clause", "BSD-3-Clause"},
    {"BSD Protection", "BSD-Protection"},
    {"BSD with attribution", "BSD-3-Clause-Attribution"},
    {"CATOSL", "CATOSL-1.1"},
    {"CC0", "CC0-1.0"},
    {"CDL", "CDL-1.0"},
    {"Charter", "Bitstream-Charter"},
    {"CNRI", "CNRI-Python"},
    {"Condor", "Condor-1.1"},
    {"CPAL", "CPAL-1.0"},
    {"CPL", "CPL-1.0"},
    {"Crystal Stacker", "CrystalStacker"},
    {"ECL 1.0", "ECL-1.0"},
    {"ECL 2.0", "ECL-2.0"},
    {"eCos", "GPL-2.0-or-later WITH eCos-exception-2.0"},
    {"EFL 2.0", "EFL-2.0"},
    {"EPL", "EPL-1.0"},
    {"ERPL", "ErlPL-1.1"},
    {"EU Datagrid", "EUDatagrid"},
    {"EUPL 1.1", "EUPL-1.1"},
    {"EUPL 1.2", "EUPL-1.2"},
    {"FBSDDL", "FreeBSD-DOC"},
    {"Free Art", "LAL-1.3"},
    {"GPL+", "GPL-1.0-or-later"},
    {"HSRL", "Spencer-94"},
    {"IBM", "IPL-1.0"},
    {"Inner-Net", "Inner-Net-2.0"},
    {"Intel ACPI", "Intel-ACPI"},
    {"Interbase", "Interbase-1.0"},
    {"JasPer", "JasPer-2.0"},
    {"LBNL BSD", "BSD-3-Clause-LBNL"},
    {"LGPL+", "LGPL-2.0-or-later"},
    {"LPL", "LPL-1.02"},
    {"mecab-ipadic", "NAIST-2003"},
    {"MIT License", "MIT"},
    {"MIT/X11", "MIT"},
    {"MPLv1.0", "MPL-1.0"},
    {"MPLv1.1", "MPL-1.1"},
    {"MPLv2.0", "MPL-2.0"},
    {"OFL", "OFL-1.1"},
    {"OGL", "OGL-UK-3.0"},
    {"Open Publication", "OPUBL-1.0"},
    {"OpenLDAP", "OLDAP-2.8"},
    {"OpenPBS", "OpenPBS-2.3"},
    {"OSL 1.0", "OSL-1.0"},
    {"OSL 1.1", "OSL-1.1"},
    {"OSL 2.0", "OSL-2.0"},
    {"OSL 2.1", "OSL-2.1"},
    {"OSL 3.0", "OSL-3.0"},
    {"Perl License", "GPL-1.0-or-later OR Artistic-1.0-Perl"},
    {"PHP", "PHP-3.01"},
    {"Python", "Python-2.0.1"},
    {"QPL", "QPL-1.0"},
    {"RPSL", "RPSL-1.0"},
    {"SPL", "SPL-1.0"},
    {"SSPL", "SSPL-1.0"},
    {"TGPPL", "TGPPL-1.0"},
    {"TORQUEv1.1", "TORQUE-1.1"},
    {"TPL", "TPL-1.0"},
    {"UPL", "UPL-1.0"},
    {"Verbatim", "Linux-man-pages-copyleft"},
    {"VSL", "VSL-1.0"},
    {"wxWidgets", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"},
    {"wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"},
    {"X11/MIT", "MIT"},
    {"YPLv1.1", "YPL-1.1"},
    {"Zend", "Zend-2.0"},
    {"zlib with acknowledgement", "zlib-acknowledgement"},
    {"zlib/libpng License", "Zlib"},
    {"ZPLv2.0", "ZPL-2.0"},
    {"ZPLv2.1", "ZPL-2.1"},
};

/* Names that hold a comma, or an operator where one could stand: taken whole. */
static const char *const whole_names[] = {
    "Apache License, Version 2.0",
    "Apache Software License, Version 2.0",
    "Freely redistributable without restriction",
    "Redistributable, no modification permitted",
    "Redistributable, no modifications permitted",
};

static const char *alias(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (wb_ascii_compare(name, aliases[i].name) == 0) {
            return aliases[i].expression;
        }
    }
    return NULL;
}

size_t wb_licence_match_name_rpm(const char *text)
{
    for (size_t i = 0; i < sizeof whole_names / sizeof whole_names[0]; i++) {
        size_t length = strlen(whole_names[i]);

        if (wb_ascii_starts_with(text, whole_names[i]) &&
            (text[length] == '\0' || text[length] == ' ' || text[length] == ')' ||
             text[length] == ',' || text[length] == ';')) {
            return length;
        }
    }
    return 0;
}

/* SUSE's own ids for what SPDX did not have yet: the rest may be known by now. */
static const char *suse_name(struct wb_arena *arena, const char *name)
{
    static const struct wb_licence_alias suse_aliases[] = {
        {"Arphic", "Arphic-1999"},
        {"Innernet-2.0", "Inner-Net-2.0"},
        {"Innernet-2.00", "Inner-Net-2.0"},
        {"WTFPL-2.0", "WTFPL"},
    };

    for (size_t i = 0; i < sizeof suse_aliases / sizeof suse_aliases[0]; i++) {
        if (wb_ascii_compare(name, suse_aliases[i].name) == 0) {
            return suse_aliases[i].expression;
        }
    }
    return wb_licence_name_common(arena, name);
}

const char *wb_licence_name_rpm(struct wb_arena *arena, const char *name)
{
    const char *found = alias(name);

    if (found == NULL) {
        found = wb_licence_name_common(arena, name);
    }
    if (found == NULL && wb_text_starts_with(name, "SUSE-")) {
        found = suse_name(arena, name + strlen("SUSE-"));
    }
    return found;
}

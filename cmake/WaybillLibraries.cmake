# SPDX-License-Identifier: Apache-2.0
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(LIBXML REQUIRED libxml-2.0>=2.9)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(LIBARCHIVE REQUIRED IMPORTED_TARGET libarchive>=3.5)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.4)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf>=0.180)
pkg_check_modules(RPM REQUIRED rpm>=4.16)
pkg_check_modules(SOLV REQUIRED libsolv>=0.7.17)
pkg_check_modules(SOLVEXT REQUIRED libsolvext>=0.7.17)
pkg_check_modules(CBOR REQUIRED IMPORTED_TARGET libcbor>=0.8)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.36)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
pkg_check_modules(POPT REQUIRED IMPORTED_TARGET popt)
if(WAYBILL_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

# Libraries that take long to start are loaded when they are needed; of these the build takes the
# headers. PREFIX_SONAME: by which name the dynamic loader knows the library that belongs to them.
function(waybill_find_soname prefix library)
  find_library(${prefix}_LIBRARY ${library} HINTS ${${prefix}_LIBRARY_DIRS} REQUIRED)
  execute_process(COMMAND ${CMAKE_READELF} -d ${${prefix}_LIBRARY}
    OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  if(NOT dynamic MATCHES "SONAME[^\n]*\\[([^]\n]+)\\]")
    message(FATAL_ERROR "${${prefix}_LIBRARY}: no SONAME")
  endif()
  set(${prefix}_SONAME ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()
waybill_find_soname(LIBARCHIVE archive)
waybill_find_soname(LIBXML xml2)
waybill_find_soname(RPM rpm)
waybill_find_soname(CURL curl)
waybill_find_soname(SOLV solv)
waybill_find_soname(SOLVEXT solvext)

# Each shared library costs the start of a program 0.1 ms and more. A target with the property
# WAYBILL_ARCHIVES takes a library's archive instead, where the distribution has it and it links
# (`source`: what is tried; behind it what the archive needs). OpenSSL stays shared: what it loads
# for tokens and for FIPS needs the same one.
option(WAYBILL_ARCHIVES "Link waybill with archives where they are to be had: it starts in half the time" ON)
include(CheckSourceCompiles)
function(waybill_prefer_archives name language source)
  if(NOT WAYBILL_ARCHIVES OR WAYBILL_SANITIZE OR WAYBILL_FUZZ)
    return()
  endif()
  get_target_property(others PkgConfig::${name} INTERFACE_LINK_LIBRARIES)
  set(shared ${others})
  list(FILTER shared INCLUDE REGEX "\\.so$")
  list(FILTER others EXCLUDE REGEX "\\.so$")
  list(TRANSFORM shared REPLACE "\\.so$" ".a" OUTPUT_VARIABLE archives)
  foreach(archive ${archives})
    if(NOT EXISTS ${archive})
      message(STATUS "no ${archive}: waybill takes the shared library")
      return()
    endif()
  endforeach()
  # libstdc++ would be there twice if the library were shared and it were not, or the other way round.
  set(options)
  if(language STREQUAL CXX)
    set(options -static-libstdc++ -static-libgcc)
  endif()
  set(CMAKE_REQUIRED_INCLUDES ${${name}_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_LIBRARIES ${archives} ${ARGN})
  set(CMAKE_REQUIRED_LINK_OPTIONS -pie ${options})
  check_source_compiles(${language} "${source}" WAYBILL_${name}_ARCHIVES)
  if(NOT WAYBILL_${name}_ARCHIVES)
    return()
  endif()
  set(wanted "$<BOOL:$<TARGET_PROPERTY:WAYBILL_ARCHIVES>>")
  list(TRANSFORM archives REPLACE "(.+)" "$<${wanted}:\\1>")
  list(TRANSFORM shared REPLACE "(.+)" "$<$<NOT:${wanted}>:\\1>")
  list(TRANSFORM options REPLACE "(.+)" "$<${wanted}:\\1>")
  set_target_properties(PkgConfig::${name} PROPERTIES
    INTERFACE_LINK_LIBRARIES "${archives};${ARGN};${shared};${others}")
  set_property(TARGET PkgConfig::${name} APPEND PROPERTY INTERFACE_LINK_OPTIONS ${options})
endfunction()
waybill_prefer_archives(JANSSON C "#include <jansson.h>
int main(void) { return json_null() == 0; }")
waybill_prefer_archives(ZSTD C "#include <zstd.h>
int main(void) { return ZSTD_createDCtx() == 0; }")
waybill_prefer_archives(LIBELF C "#include <libelf.h>
int main(void) { return elf_memory(0, 0) == 0 || elf_compress(0, 0, 0); }" z)
waybill_prefer_archives(SQLITE C "#include <sqlite3.h>
int main(void) { return sqlite3_initialize(); }" m)
waybill_prefer_archives(SODIUM C "#include <sodium.h>
int main(void) { return sodium_init(); }")
waybill_prefer_archives(POPT C "#include <popt.h>
int main(void) { return poptGetContext(0, 0, 0, 0, 0) == 0; }")
waybill_prefer_archives(RE2 CXX "#include <re2/set.h>
int main() { return RE2::Set(RE2::Options(), RE2::UNANCHORED).Compile(); }")

# The command: public headers only. Its file formats (npy, zoo) form a library, so that tests reach them.
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
find_package(ZLIB REQUIRED)

file(GLOB format_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/formats/npy/*.c ${PROJECT_SOURCE_DIR}/zoo/*.c)
add_library(sard_formats STATIC ${format_sources})
target_include_directories(sard_formats PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(sard_formats PUBLIC ZLIB::ZLIB m)

file(GLOB command_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c)
# The page of `inspect --html`: its files become arrays.
file(GLOB page_scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/page/*.js)
foreach(kind html css js)
    set(files ${PROJECT_SOURCE_DIR}/cli/page/page.${kind})
    if(kind STREQUAL js)
        set(files ${page_scripts})
    endif()
    string(REPLACE ";" "," list "${files}")
    set(source ${PROJECT_BINARY_DIR}/page_${kind}.c)
    add_custom_command(
        OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -D OUT=${source} -D NAME=cli_page_${kind} -D FILES=${list} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
        VERBATIM)
    list(APPEND command_sources ${source})
endforeach()

# C libraries without argp, musl for one, get what the command uses of it.
include(CheckIncludeFile)
check_include_file(argp.h SARD_HAS_ARGP)
if(NOT SARD_HAS_ARGP)
    list(APPEND command_sources ${PROJECT_SOURCE_DIR}/cli/argp/argp.c ${PROJECT_SOURCE_DIR}/cli/argp/help.c)
endif()

add_executable(sard ${command_sources})
target_include_directories(sard PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
if(NOT SARD_HAS_ARGP)
    target_include_directories(sard PRIVATE ${PROJECT_SOURCE_DIR}/cli/argp)
endif()
target_link_libraries(sard PRIVATE sard_formats sard_image_${SARD_COMMAND_LINKS} sard_${SARD_COMMAND_LINKS} PkgConfig::CJSON m)
# The same path in the build as installed: CMake would fill up a shorter one with empty parts, which mean the current folder.
file(RELATIVE_PATH to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(sard PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN;$ORIGIN/${to_libraries}")

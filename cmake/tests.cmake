# Each tests/**/test_*.c is a Check program, each test_*.sh and test_*.py a script; exit status 77 means skipped.
pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)

file(GLOB support_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/support/*.c)
add_library(test_support STATIC ${support_sources})
target_link_libraries(test_support PUBLIC sard_static sard_objects PkgConfig::CHECK m)

# What scripts see: the command, the sources, the build. Tests ask for more memory than there is: sanitizers have to refuse it, as malloc does.
set(environment "SARD=$<TARGET_FILE:sard>" "SARD_SOURCE=${PROJECT_SOURCE_DIR}" "SARD_BUILD=${PROJECT_BINARY_DIR}"
    "ASAN_OPTIONS=allocator_may_return_null=1" "TSAN_OPTIONS=allocator_may_return_null=1")
set(python ${PROJECT_SOURCE_DIR}/.venv/bin/python)
if(NOT EXISTS ${python})
    set(python python3)
endif()

# Each tests/**/tool_*.c is a program that the scripts use.
file(GLOB_RECURSE tools CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/tool_*.c)
foreach(file ${tools})
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE path)
    string(REGEX REPLACE "tool_(.*)\\.c$" "\\1" name ${path})
    string(REPLACE "/" "_" target tool_${name})
    add_executable(${target} ${file})
    target_link_libraries(${target} PRIVATE sard_image_static)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()

# Each tests/**/plugin_*.c is a plugin that the scripts load.
file(GLOB_RECURSE plugins CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/plugin_*.c)
foreach(file ${plugins})
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE path)
    string(REGEX REPLACE "plugin_(.*)\\.c$" "\\1" name ${path})
    string(REPLACE "/" "_" target plugin_${name})
    add_library(${target} MODULE ${file})
    target_link_libraries(${target} PRIVATE sard_shared m)
    set_target_properties(${target} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()

file(GLOB_RECURSE tests CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/tests/test_*.c ${PROJECT_SOURCE_DIR}/tests/test_*.sh ${PROJECT_SOURCE_DIR}/tests/test_*.py)
foreach(file ${tests})
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE path)
    string(REGEX REPLACE "test_(.*)\\.[a-z]+$" "\\1" name ${path})
    if(path MATCHES "\\.c$")
        string(REPLACE "/" "_" target test_${name})
        add_executable(${target} ${file})
        target_link_libraries(${target} PRIVATE test_support sard_formats sard_image_static)
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
        add_test(NAME ${name} COMMAND ${target})
    elseif(path MATCHES "\\.sh$")
        add_test(NAME ${name} COMMAND sh ${file})
    else()
        add_test(NAME ${name} COMMAND ${python} ${file})
    endif()
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77 TIMEOUT 900)
endforeach()

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    include(cmake/wide.cmake)
endif()

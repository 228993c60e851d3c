# Language level, warnings, optimisation, sanitizers, compiler cache and linker: the same for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # std::hardware_destructive_interference_size may differ between flags; we use our own constant.
  add_compile_options(-Wno-interference-size)
endif()
if(MYCELIUM_NATIVE)
  add_compile_options(-march=native)
endif()
# Results must not depend on the processor: no fused multiply-add behind the author's back.
add_compile_options(-ffp-contract=off)

if(MYCELIUM_SANITIZE)
  add_compile_options(-fsanitize=${MYCELIUM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MYCELIUM_SANITIZE})
  if(MYCELIUM_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT MYCELIUM_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

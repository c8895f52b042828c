package org.probity.chain;

/**
 * What an explorer of a chain wants to know so that it shows a contract's source: it compiles that
 * again, and compares.
 *
 * @param name of the contract, with the file that it is in: {@code probity/Vault.sol:Vault}
 * @param compiler with its commit, such as {@code 0.8.37+commit.6c6b6a73.Emscripten.clang}
 * @param input the standard JSON input that the compiler was given, whole
 * @param arguments of the constructor, encoded
 */
public record ContractSource(String name, String compiler, String input, Bytes arguments) {}

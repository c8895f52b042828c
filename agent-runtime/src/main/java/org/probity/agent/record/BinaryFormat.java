package org.probity.agent.record;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/**
 * Values as bytes, by their types alone. A record is its components in their order, a constant its
 * place in its enum, an optional value comes after a flag, a collection's elements after how many
 * they are. So a record's declaration is its format, and who changes one changes the other.
 */
public final class BinaryFormat {

  /** How values of a type are written, and read again. */
  private record Form<T>(BiConsumer<BinaryWriter, T> write, Function<BinaryReader, T> read) {}

  private final Map<Type, Form<Object>> forms = new ConcurrentHashMap<>();

  /** What components are that this format has no bytes for, by record and name. */
  private final Map<Class<?>, Map<String, Object>> lacking = new HashMap<>();

  /** A value that this format has no bytes for: a newer one has. */
  static final class Unsayable extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    Unsayable(Class<?> type, String component) {
      super("This format has no %s of a %s".formatted(component, type.getSimpleName()));
    }
  }

  /** Of records of numbers, texts, times and what proofs are about. */
  public BinaryFormat() {
    with(boolean.class, BinaryWriter::flag, BinaryReader::flag);
    with(int.class, BinaryWriter::int32, BinaryReader::int32);
    with(Integer.class, BinaryWriter::int32, BinaryReader::int32);
    with(long.class, BinaryWriter::int64, BinaryReader::int64);
    with(
        double.class,
        (out, value) -> out.int64(Double.doubleToLongBits(value)),
        in -> Double.longBitsToDouble(in.int64()));
    with(String.class, BinaryWriter::text, BinaryReader::text);
    with(BigInteger.class, BinaryWriter::integer, BinaryReader::integer);
    with(Bytes32.class, BinaryWriter::word, BinaryReader::word);
    with(Address.class, (out, value) -> out.raw(value.bytes()), BinaryReader::address);
    with(Bytes.class, (out, value) -> out.bytes(value.toArray()), in -> Bytes.of(in.bytes()));
    with(Instant.class, BinaryWriter::instant, BinaryReader::instant);
    with(
        Duration.class,
        (out, value) -> out.int64(value.toNanos()),
        in -> Duration.ofNanos(in.int64()));
    with(FeatureVector.class, BinaryWriter::features, BinaryReader::features);
    with(
        DecisionProof.class,
        (out, value) -> out.bytes(value.bytes()),
        in -> DecisionProof.of(in.bytes()));
    kinds(Decision.class, List.of(Decision.Choice.class, Decision.Outputs.class));
  }

  /** With values of {@code type} written as texts. */
  public <T> BinaryFormat texts(
      Class<T> type, Function<? super T, String> name, Function<String, ? extends T> named) {
    return with(type, (out, value) -> out.text(name.apply(value)), in -> named.apply(in.text()));
  }

  /**
   * Without a component of a record that is younger than the format: what is read has {@code value}
   * there, and what has another is not written.
   */
  BinaryFormat without(Class<? extends Record> type, String component, Object value) {
    lacking.computeIfAbsent(type, _ -> new HashMap<>()).put(component, value);
    return this;
  }

  /** With values of {@code type} written in a way of their own. */
  @SuppressWarnings("unchecked") // A form is asked for by its type alone.
  <T> BinaryFormat with(
      Class<T> type, BiConsumer<BinaryWriter, T> write, Function<BinaryReader, T> read) {
    forms.put(type, (Form<Object>) (Form<?>) new Form<>(write, read));
    return this;
  }

  /** With values of {@code type} of these kinds, each after its place among them, from 0. */
  <T> BinaryFormat kinds(Class<T> type, List<Class<? extends T>> kinds) {
    return with(
        type,
        (out, value) -> {
          out.octet(kinds.indexOf(value.getClass()));
          write(out, value);
        },
        in -> {
          int kind = in.octet();
          if (kind >= kinds.size()) {
            throw noKind(type, kind);
          }
          return read(in, kinds.get(kind));
        });
  }

  static IllegalArgumentException noKind(Class<?> of, int kind) {
    return new IllegalArgumentException(
        "There is no %s of kind %s".formatted(of.getSimpleName().toLowerCase(Locale.ROOT), kind));
  }

  /** The bytes of {@code value}, a record. */
  byte[] encode(Object value) {
    BinaryWriter out = new BinaryWriter();
    write(out, value);
    return out.toByteArray();
  }

  /**
   * The {@code type} that {@code bytes} are.
   *
   * @throws IllegalArgumentException if they are none
   */
  <T> T decode(byte[] bytes, Class<T> type) {
    BinaryReader in = new BinaryReader(bytes);
    T value = read(in, type);
    in.end();
    return value;
  }

  void write(BinaryWriter out, Object value) {
    form(value.getClass()).write().accept(out, value);
  }

  <T> T read(BinaryReader in, Class<T> type) {
    return type.cast(form(type).read().apply(in));
  }

  private Form<Object> form(Type type) {
    Form<Object> known = forms.get(type);
    if (known == null) {
      known = made(type);
      forms.put(type, known);
    }
    return known;
  }

  private Form<Object> made(Type type) {
    if (type instanceof ParameterizedType whole) {
      Type part = whole.getActualTypeArguments()[0];
      return switch (whole.getRawType()) {
        case Class<?> raw when raw == Optional.class -> optional(form(part));
        case Class<?> raw when raw == List.class -> collection(form(part), List::copyOf);
        case Class<?> raw when raw == Set.class -> collection(form(part), Set::copyOf);
        default -> form(whole.getRawType());
      };
    }
    return switch (type) {
      case Class<?> kind when kind.isEnum() ->
          new Form<>(
              (out, value) -> out.octet(((Enum<?>) value).ordinal()), in -> in.constant(kind));
      case Class<?> kind when kind.isRecord() -> record(kind);
      default -> throw new IllegalStateException("It is not said how bytes say a " + type);
    };
  }

  private static Form<Object> optional(Form<Object> part) {
    return new Form<>(
        (out, value) -> {
          Optional<?> optional = (Optional<?>) value;
          out.flag(optional.isPresent());
          optional.ifPresent(present -> part.write().accept(out, present));
        },
        in -> in.flag() ? Optional.of(part.read().apply(in)) : Optional.empty());
  }

  private static Form<Object> collection(
      Form<Object> part, Function<List<Object>, Object> collected) {
    return new Form<>(
        (out, value) -> {
          Collection<?> elements = (Collection<?>) value;
          out.int32(elements.size());
          elements.forEach(element -> part.write().accept(out, element));
        },
        in -> collected.apply(in.all(part.read())));
  }

  private Form<Object> record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Map<String, Object> absent = lacking.getOrDefault(type, Map.of());
    List<Form<Object>> parts =
        Stream.of(components)
            .map(component -> {
              Object value = absent.get(component.getName());
              return value == null
                  ? form(component.getGenericType())
                  : always(value, type, component.getName());
            })
            .toList();
    List<MethodHandle> accessors = new ArrayList<>();
    MethodHandle constructor;
    try {
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      for (RecordComponent component : components) {
        accessors.add(spreading(lookup.unreflect(component.getAccessor())));
      }
      constructor =
          spreading(
              lookup.unreflectConstructor(
                  type.getDeclaredConstructor(
                      Stream.of(components)
                          .map(RecordComponent::getType)
                          .toArray(Class<?>[]::new))));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("A record has its constructor and accessors", e);
    }
    return new Form<>(
        (out, value) -> {
          for (int i = 0; i < components.length; i++) {
            parts.get(i).write().accept(out, call(accessors.get(i), value));
          }
        },
        in -> call(constructor, parts.stream().map(part -> part.read().apply(in)).toArray()));
  }

  private static Form<Object> always(Object value, Class<?> type, String component) {
    return new Form<>(
        (_, written) -> {
          if (!written.equals(value)) {
            throw new Unsayable(type, component);
          }
        },
        _ -> value);
  }

  private static MethodHandle spreading(MethodHandle handle) {
    return handle
        .asSpreader(Object[].class, handle.type().parameterCount())
        .asType(MethodType.methodType(Object.class, Object[].class));
  }

  private static Object call(MethodHandle spreading, Object... arguments) {
    try {
      return (Object) spreading.invokeExact(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("A record throws nothing that it does not declare", e);
    }
  }
}

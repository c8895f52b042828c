package org.probity.agent.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HexFormat;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * Whoever has a certificate of this authority belongs to the cluster. It signs nodes' certificates
 * itself and nobody else does: there are no authorities between it and a node.
 *
 * <p>Keys are of the curve P-256, certificates are signed by ECDSA with SHA-256 (RFC 5280, RFC
 * 5480).
 */
public final class Authority {

  /** File of its own key, in the folder where nodes' keys are made. It goes to no node. */
  private static final String KEY = "authority.key";

  /** Nobody is there to renew a certificate while a node runs. */
  private static final Duration LIFETIME = Duration.ofDays(3_650);

  /** Clocks of nodes differ. */
  private static final Duration SLACK = Duration.ofHours(1);

  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  private final PrivateKey key;
  private final X509Certificate certificate;
  private final SecureRandom random;
  private final InstantSource clock;

  private Authority(
      PrivateKey key, X509Certificate certificate, SecureRandom random, InstantSource clock) {
    this.key = key;
    this.certificate = certificate;
    this.random = random;
    this.clock = clock;
  }

  /** A new one. Its key is in memory alone until it is saved. */
  public static Authority make() {
    SecureRandom random = new SecureRandom();
    InstantSource clock = InstantSource.system();
    KeyPair pair = pair(random);
    X500Name name =
        new X500Name("CN=Probity cluster " + HexFormat.of().formatHex(bytes(random, 8)));
    return new Authority(
        pair.getPrivate(),
        sign(
            name,
            pair.getPrivate(),
            name,
            pair.getPublic(),
            new BasicConstraints(0),
            random,
            clock.instant()),
        random,
        clock);
  }

  /**
   * The one that was saved in {@code folder}.
   *
   * @throws IllegalArgumentException with a sentence if it cannot be used
   */
  public static Authority load(Path folder) {
    Path file = folder.resolve(NodeKeys.AUTHORITY);
    X509Certificate certificate = Pem.certificate(file);
    PrivateKey key = Pem.key(folder.resolve(KEY));
    NodeKeys.requirePair(key, folder.resolve(KEY), certificate, file);
    return of(key, certificate);
  }

  static Authority of(PrivateKey key, X509Certificate certificate) {
    return new Authority(key, certificate, new SecureRandom(), InstantSource.system());
  }

  /** Whether an authority was saved in {@code folder}. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(KEY));
  }

  /** Writes key and certificate into {@code folder}, which is there and is its owner's alone. */
  public void save(Path folder) throws IOException {
    Pem.write(folder.resolve(KEY), key);
    Pem.write(folder.resolve(NodeKeys.AUTHORITY), certificate);
  }

  /**
   * New keys of a node.
   *
   * @param name shown to people; whoever has the keys is let in, under any name
   */
  public NodeKeys issue(String name) {
    KeyPair pair = pair(random);
    return new NodeKeys(
        pair.getPrivate(),
        sign(
            X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
            key,
            new X500Name("CN=" + name),
            pair.getPublic(),
            new BasicConstraints(false),
            random,
            clock.instant()),
        certificate);
  }

  private static KeyPair pair(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JDK makes no keys of the curve P-256", e);
    }
  }

  private static byte[] bytes(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static X509Certificate sign(
      X500Name issuer,
      PrivateKey issuerKey,
      X500Name subject,
      PublicKey subjectKey,
      BasicConstraints constraints,
      SecureRandom random,
      Instant now) {
    try {
      V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
      generator.setSerialNumber(new ASN1Integer(new BigInteger(1, bytes(random, 16))));
      generator.setSignature(ECDSA_SHA256);
      generator.setIssuer(issuer);
      generator.setSubject(subject);
      generator.setStartDate(time(now.minus(SLACK)));
      generator.setEndDate(time(now.plus(LIFETIME)));
      generator.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(subjectKey.getEncoded()));
      generator.setExtensions(extensions(constraints).generate());
      TBSCertificate content = generator.generateTBSCertificate();
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(issuerKey, random);
      signature.update(content.getEncoded(ASN1Encoding.DER));
      ASN1EncodableVector signed = new ASN1EncodableVector();
      signed.add(content);
      signed.add(ECDSA_SHA256);
      signed.add(new DERBitString(signature.sign()));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(new DERSequence(signed).getEncoded(ASN1Encoding.DER)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JDK signs no certificates", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Time time(Instant when) {
    return new Time(Date.from(when), Locale.ROOT);
  }

  private static ExtensionsGenerator extensions(BasicConstraints constraints) throws IOException {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, constraints);
    if (constraints.isCA()) {
      extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
    } else {
      extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      extensions.addExtension(
          Extension.extendedKeyUsage,
          true,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    }
    return extensions;
  }
}

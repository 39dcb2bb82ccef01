<?xml version="1.0" encoding="UTF-8"?>
<!-- Our own, for tests: a schematron of rules with assertions becomes a stylesheet that reports them in SVRL. -->
<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:sch="http://purl.oclc.org/dsdl/schematron"
                xmlns:out="urn:made" version="2.0">
  <xsl:namespace-alias stylesheet-prefix="out" result-prefix="xsl"/>
  <xsl:template match="sch:schema">
    <out:stylesheet version="2.0">
      <xsl:for-each select="sch:ns">
        <xsl:namespace name="{@prefix}" select="@uri"/>
      </xsl:for-each>
      <xsl:namespace name="svrl" select="'http://purl.oclc.org/dsdl/svrl'"/>
      <out:template match="/">
        <xsl:element name="svrl:schematron-output" namespace="http://purl.oclc.org/dsdl/svrl">
          <xsl:for-each select="sch:pattern/sch:rule">
            <out:for-each select="{if (starts-with(@context, '/')) then @context else concat('//', @context)}">
              <xsl:apply-templates select="sch:assert"/>
            </out:for-each>
          </xsl:for-each>
        </xsl:element>
      </out:template>
    </out:stylesheet>
  </xsl:template>
  <xsl:template match="sch:assert">
    <out:if test="not({@test})">
      <xsl:element name="svrl:failed-assert" namespace="http://purl.oclc.org/dsdl/svrl">
        <xsl:copy-of select="@role"/>
        <out:attribute name="location" select="string-join(ancestor-or-self::*/concat('/*:', local-name(), '[namespace-uri()=''', namespace-uri(), ''']'), '')"/>
        <xsl:element name="svrl:text" namespace="http://purl.oclc.org/dsdl/svrl">
          <xsl:apply-templates select="node()"/>
        </xsl:element>
      </xsl:element>
    </out:if>
  </xsl:template>
  <xsl:template match="sch:value-of">
    <out:value-of select="{@select}"/>
  </xsl:template>
</xsl:stylesheet>
